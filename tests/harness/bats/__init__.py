"""bats files as pytest items: one item per @test, one bats process per file."""
