"""What a healthy upstream answers: `site` has the contract, each `*_site` one protocol, `artifacts` the content."""
