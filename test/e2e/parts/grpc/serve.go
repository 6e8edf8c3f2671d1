package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"

	"google.golang.org/grpc"
)

// serve answers gRPC on one port, HTTP/1.1 and HTTP/2 on another, echoes bytes on a third and pours them out on a
// fourth.
func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	rpcAddress := flags.String("grpc", ":50051", "address for gRPC")
	webAddress := flags.String("http", ":8080", "address for HTTP")
	echoAddress := flags.String("echo", "", "address for echoed bytes; empty: none")
	pourAddress := flags.String("pour", "", "address for bytes without end; empty: none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	failed := make(chan error, 4)
	connections := &trackedConnections{}
	rpc := grpc.NewServer()
	rpc.RegisterService(&serviceDescription, &service{connections})
	web := newWebServer()
	startOn(*rpcAddress, func(l net.Listener) error { return rpc.Serve(connections.track(l)) }, failed)
	startOn(*webAddress, web.Serve, failed)
	startOn(*echoAddress, echo, failed)
	startOn(*pourAddress, pour, failed)
	return <-failed
}

func startOn(address string, serve func(net.Listener) error, failed chan<- error) {
	if address == "" {
		return
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		failed <- err
		return
	}
	go func() { failed <- serve(listener) }()
}

func newWebServer() *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:   http.HandlerFunc(answer),
		Protocols: protocols,
		// Its default, 250, would hold back what the tests want to have at once.
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 100_000},
	}
}

func answer(w http.ResponseWriter, r *http.Request) {
	wished, err := parseWish(r.URL.RawQuery)
	if err == nil {
		err = wished.await(r.Context())
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(wished.status)
	fmt.Fprintln(w, r.Proto)
}

func echo(listener net.Listener) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			if _, err := io.Copy(connection, connection); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
	}
}

// trackedConnections finds a server's connection by its client's address, to reset it.
type trackedConnections struct {
	net.Listener
	byClient sync.Map
}

func (t *trackedConnections) track(listener net.Listener) net.Listener {
	t.Listener = listener
	return t
}

func (t *trackedConnections) Accept() (net.Conn, error) {
	connection, err := t.Listener.Accept()
	if err == nil {
		t.byClient.Store(connection.RemoteAddr().String(), connection)
	}
	return connection, err
}

func (t *trackedConnections) reset(client string) {
	if connection, ok := t.byClient.LoadAndDelete(client); ok {
		// Unsent bytes are thrown away and the client gets RST instead of FIN.
		_ = connection.(*net.TCPConn).SetLinger(0)
		_ = connection.(*net.TCPConn).Close()
	}
}
