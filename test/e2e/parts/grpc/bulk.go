package main

import (
	"errors"
	"flag"
	"io"
	"net"
	"time"
)

// pour writes bytes to each client until it hangs up.
func pour(listener net.Listener) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			block := make([]byte, 256<<10)
			for {
				if _, err := connection.Write(block); err != nil {
					return
				}
			}
		}()
	}
}

// pull reads so many bytes from a server that pours them out.
func pull(args []string) error {
	flags := flag.NewFlagSet("pull", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	connections := flags.Int("connections", 1, "how many")
	size := flags.Int64("mib", 100, "MiB over each of them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	start := time.Now()
	results := make(chan error, *connections)
	for range *connections {
		go func() { results <- pullOnce(*address, *size<<20) }()
	}
	var failed error
	for range *connections {
		failed = errors.Join(failed, <-results)
	}
	if failed != nil {
		return failed
	}
	mib := float64(*size) * float64(*connections)
	return report(map[string]float64{"mib": mib, "mibPerSecond": mib / time.Since(start).Seconds()})
}

func pullOnce(address string, size int64) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	block := make([]byte, 256<<10)
	for left := size; left > 0; {
		read, err := connection.Read(block[:min(int64(len(block)), left)])
		if err != nil {
			return errors.Join(err, io.ErrUnexpectedEOF)
		}
		left -= int64(read)
	}
	return nil
}
