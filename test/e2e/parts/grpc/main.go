// A server and its clients, over gRPC (grpc-go), HTTP/1.1 and HTTP/2 in clear text (net/http). What the server is
// to do with a request stands in the request (see wish.go). A client prints one line of JSON and exits.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

var commands = map[string]func(args []string) error{
	"serve":    serve,    // until it is ended
	"call":     call,     // some gRPC calls, one after the other
	"streams":  streams,  // many gRPC streams at once
	"requests": requests, // many HTTP requests at once
	"load":     load,     // requests at a steady rate
	"pull":     pull,     // bytes as fast as they come
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: grpc-peer serve|call|streams|requests|load|pull [flags]")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func report(value any) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}
