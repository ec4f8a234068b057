package main

import (
	"fmt"

	"git.example.com/team/hello.git"
	"rsc.io/quote"
)

func main() { fmt.Println(hello.Name(), quote.Hello()) }
