// The entrypoint of the init container's image: hands the arguments that pods get to proxy-init v1.6.2, the
// newest version that the module proxy has. It lacks three flags of 2.4: --iptables-mode is said in its own
// words, --ipv6 and --proxy-gid are dropped. The rules that result are the same.
package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

const program = "/usr/lib/linkerd/proxy-init-v1"

// A flag's value stands in the next argument, or after "=".
var dropped = map[string]bool{"--ipv6": true, "--proxy-gid": true, "--iptables-mode": true}

func main() {
	args := append([]string{program}, translate(os.Args[1:])...)
	err := syscall.Exec(program, args, os.Environ())
	fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
	os.Exit(1)
}

func translate(args []string) []string {
	mode := "legacy"
	var kept []string
	for i := 0; i < len(args); i++ {
		flag, value, isJoined := strings.Cut(args[i], "=")
		if !dropped[flag] {
			kept = append(kept, args[i])
			continue
		}
		if !isJoined && i+1 < len(args) {
			i++
			value = args[i]
		}
		if flag == "--iptables-mode" {
			mode = value
		}
	}
	binary := map[string]string{"plain": "iptables", "nft": "iptables-nft", "legacy": "iptables-legacy"}[mode]
	return append(kept, "--firewall-bin-path", binary, "--firewall-save-bin-path", binary+"-save")
}
