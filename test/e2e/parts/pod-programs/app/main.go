// Every application and client of the real-pods tier, as one static program. The first argument says which one;
// a client prints one line of JSON and exits.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

var commands = map[string]func(args []string) error{
	"serve": serve,
	"get":   get,
	"greet": greet,
	"hold":  hold,
	"load":  load,
	// For an init container that takes no time.
	"nothing": func([]string) error { return nil },
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: app serve|get|greet|hold|load|nothing [flags]")
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
