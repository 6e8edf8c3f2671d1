package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// tally is what became of many streams or requests.
type tally struct {
	mutex sync.Mutex
	// Whole: each message came back and the end was as it should be.
	Whole int `json:"whole"`
	// Errors by their text.
	Errors map[string]int `json:"errors"`
	// FirstByteMs is the mean time to the first message or the headers.
	FirstByteMs float64 `json:"firstByteMs"`
	// Ms is how long all of it took.
	Ms         int64 `json:"ms"`
	started    time.Time
	firstBytes time.Duration
}

func newTally() *tally {
	return &tally{Errors: map[string]int{}, started: time.Now()}
}

func (t *tally) add(firstByte time.Duration, err error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if err != nil {
		t.Errors[err.Error()]++
		return
	}
	t.Whole++
	t.firstBytes += firstByte
}

func (t *tally) report() error {
	t.Ms = time.Since(t.started).Milliseconds()
	t.FirstByteMs = float64(t.firstBytes.Microseconds()) / 1000 / float64(max(1, t.Whole))
	return report(t)
}

// streams opens many streams, keeps all open at once for a while, and uses each once more before it ends it.
func streams(args []string) error {
	flags := flag.NewFlagSet("streams", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	count := flags.Int("streams", 1, "how many")
	connections := flags.Int("connections", 1, "on how many connections")
	query := flags.String("wish", "", "see wish.go")
	keep := flags.Duration("for", time.Second, "how long all are kept open after the last is")
	if err := flags.Parse(args); err != nil {
		return err
	}
	tally := newTally()
	var opened, closed sync.WaitGroup
	opened.Add(*count)
	open := func(connection *grpc.ClientConn) {
		tally.add(useStream(connection, *query, func() {
			opened.Done()
			opened.Wait()
			time.Sleep(*keep)
		}))
	}
	for index := range *connections {
		connection, err := connect(*address)
		if err != nil {
			return err
		}
		defer connection.Close()
		for stream := index; stream < *count; stream += *connections {
			closed.Go(func() { open(connection) })
		}
	}
	closed.Wait()
	return tally.report()
}

// useStream calls `keep` once, when the stream is open or has failed.
func useStream(connection *grpc.ClientConn, query string, keep func()) (time.Duration, error) {
	ctx, end := context.WithTimeout(context.Background(), 100*time.Second)
	defer end()
	start := time.Now()
	stream, err := connection.NewStream(ctx, &clientStream, streamMethod)
	if err == nil {
		err = exchange(stream, query)
	}
	firstByte := time.Since(start)
	keep()
	if err != nil {
		return firstByte, err
	}
	if err := exchange(stream, "still there"); err != nil {
		return firstByte, err
	}
	if err := stream.CloseSend(); err != nil {
		return firstByte, err
	}
	if err := stream.RecvMsg(&text{}); !errors.Is(err, io.EOF) {
		return firstByte, fmt.Errorf("ended with %w", err)
	}
	return firstByte, nil
}
