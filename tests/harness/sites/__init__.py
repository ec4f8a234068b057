"""The answers of healthy upstreams: `site` has the contract, each `*_site` a protocol, `artifacts` the content."""
