// proxy-init, whose module the proxy gives only at v1.6.2 and only by a requirement. It lacks the flags --ipv6,
// --iptables-mode and --proxy-gid of 2.4.x; the rules that it makes for the other flags are the same.
module outrigger.test/e2e/parts/proxy-init

go 1.25.0

tool github.com/linkerd/linkerd2-proxy-init

require (
	github.com/inconshreveable/mousetrap v1.0.0 // indirect
	github.com/linkerd/linkerd2-proxy-init v1.6.2 // indirect
	github.com/sirupsen/logrus v1.9.0 // indirect
	github.com/spf13/cobra v1.5.0 // indirect
	github.com/spf13/pflag v1.0.5 // indirect
	golang.org/x/sys v0.0.0-20220715151400-c0bba94af5f8 // indirect
)
