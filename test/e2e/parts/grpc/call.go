package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// connect gives a connection to one address, made with the first call.
func connect(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(
		"passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		// A call that fails is not sent once more behind the test's back.
		grpc.WithDisableRetry(),
	)
}

// call makes some calls on one connection, and reports how often each status came.
func call(args []string) error {
	flags := flag.NewFlagSet("call", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	method := flags.String("method", "unary", "unary or stream")
	query := flags.String("wish", "", "see wish.go")
	count := flags.Int("count", 1, "how many calls")
	deadline := flags.Duration("deadline", 30*time.Second, "of each call")
	cancel := flags.Duration("cancel", 0, "after which each call is cancelled")
	if err := flags.Parse(args); err != nil {
		return err
	}
	connection, err := connect(*address)
	if err != nil {
		return err
	}
	defer connection.Close()
	statuses := map[string]int{}
	for range *count {
		ctx, end := context.WithTimeout(context.Background(), *deadline)
		if *cancel > 0 {
			time.AfterFunc(*cancel, end)
		}
		err := callOnce(ctx, connection, *method, *query)
		end()
		statuses[fmt.Sprint(int(status.Code(err)))]++
	}
	return report(statuses)
}

func callOnce(ctx context.Context, connection *grpc.ClientConn, method, query string) error {
	var reply text
	if method == "unary" {
		return connection.Invoke(ctx, unaryMethod, &text{Value: query}, &reply)
	}
	stream, err := connection.NewStream(ctx, &clientStream, streamMethod)
	if err != nil {
		return err
	}
	for _, message := range []string{query, "second", "third"} {
		if err := exchange(stream, message); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if err := stream.RecvMsg(&reply); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// exchange sends a message and fails unless it is the next that comes back.
func exchange(stream grpc.ClientStream, message string) error {
	// What went wrong is told by RecvMsg: SendMsg says EOF only.
	if err := stream.SendMsg(&text{Value: message}); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var reply text
	if err := stream.RecvMsg(&reply); err != nil {
		return err
	}
	if reply.Value != message {
		return fmt.Errorf("%q came back as %q", message, reply.Value)
	}
	return nil
}
