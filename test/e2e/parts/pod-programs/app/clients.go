package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// get prints the body of a URL and fails unless the answer is 200.
func get(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: app get URL")
	}
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Get(args[0])
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	fmt.Print(string(body))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", args[0], response.Status)
	}
	return nil
}

// greet waits for the first line of a server that speaks first, without saying anything itself.
func greet(args []string) error {
	flags := flag.NewFlagSet("greet", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	if err := flags.Parse(args); err != nil {
		return err
	}
	start := time.Now()
	connection, err := net.DialTimeout("tcp", *address, 20*time.Second)
	if err != nil {
		return err
	}
	defer connection.Close()
	line, err := readLine(connection, 20*time.Second)
	if err != nil {
		return err
	}
	return report(map[string]any{"line": line, "ms": time.Since(start).Milliseconds()})
}

// hold opens many connections to a server that speaks first and keeps them all open for a while.
func hold(args []string) error {
	flags := flag.NewFlagSet("hold", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	count := flags.Int("connections", 1, "how many")
	keep := flags.Duration("for", time.Second, "how long all are kept after the last was tried")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var mutex sync.Mutex
	var open []net.Conn
	slots := make(chan struct{}, 64)
	var group sync.WaitGroup
	for range *count {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			connection, err := net.DialTimeout("tcp", *address, 10*time.Second)
			if err != nil {
				return
			}
			if _, err := readLine(connection, 10*time.Second); err != nil {
				_ = connection.Close()
				return
			}
			mutex.Lock()
			open = append(open, connection)
			mutex.Unlock()
		})
	}
	group.Wait()
	time.Sleep(*keep)
	return report(map[string]int{"tried": *count, "greeted": len(open), "kept": countOpen(open)})
}

// countOpen tells the connections that the other side has not closed: reading from one gives nothing yet.
func countOpen(connections []net.Conn) int {
	open := 0
	for _, connection := range connections {
		_ = connection.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := connection.Read(make([]byte, 1))
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			open++
		}
		_ = connection.Close()
	}
	return open
}

func readLine(connection net.Conn, limit time.Duration) (string, error) {
	_ = connection.SetReadDeadline(time.Now().Add(limit))
	return bufio.NewReader(connection).ReadString('\n')
}
