package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// serve offers HTTP, gRPC health and a server that speaks first, until SIGTERM and -grace longer, in which it asks
// its HTTP clients to connect anew. Without -grace it closes its listeners at once and finishes what it has begun.
func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	httpAddress := flags.String("http", "", "address for HTTP; empty: none")
	grpcAddress := flags.String("grpc", "", "address for gRPC; empty: none")
	greeterAddress := flags.String("greeter", "", "address of the server that speaks first; empty: none")
	greeterOff := flags.Bool("greeter-off", false, "the server that speaks first listens only after GET /greeter/on")
	grace := flags.Duration("grace", 0, "how long it serves on after SIGTERM")
	if err := flags.Parse(args); err != nil {
		return err
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)

	greeter := &greeter{address: *greeterAddress}
	if *greeterAddress != "" && !*greeterOff {
		if err := greeter.on(); err != nil {
			return err
		}
	}
	var isEnding atomic.Bool
	web := &http.Server{Handler: closing(&isEnding, routes(greeter))}
	rpc := grpc.NewServer()
	healthpb.RegisterHealthServer(rpc, health.NewServer())
	failed := make(chan error, 2)
	if err := startOn(*httpAddress, web.Serve, failed); err != nil {
		return err
	}
	if err := startOn(*grpcAddress, rpc.Serve, failed); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	case <-terminated:
	}
	isEnding.Store(*grace > 0)
	time.Sleep(*grace)
	greeter.off()
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	context.AfterFunc(limit, rpc.Stop)
	var group sync.WaitGroup
	group.Go(rpc.GracefulStop)
	err := web.Shutdown(limit)
	group.Wait()
	return err
}

func closing(isEnding *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isEnding.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func startOn(address string, serve func(net.Listener) error, failed chan<- error) error {
	if address == "" {
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go func() {
		if err := serve(listener); err != nil && err != http.ErrServerClosed && err != grpc.ErrServerStopped {
			failed <- err
		}
	}()
	return nil
}

func routes(greeter *greeter) http.Handler {
	mux := http.NewServeMux()
	name, _ := os.Hostname()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "hello from %s\n", name)
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/greeter/on", func(w http.ResponseWriter, _ *http.Request) {
		if err := greeter.on(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/greeter/off", func(_ http.ResponseWriter, _ *http.Request) { greeter.off() })
	return mux
}
