// vcsim serves govmomi's simulator as a second opinion on our client: a vCenter that we did not
// write. The library models no delta disks, so this main gives each VM the chain that its snapshots
// would have left behind (see chain.go); everything else is the library's.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

type options struct {
	listen, user, password, snapshots, load, caOut, log, deny string
	record, replay                                            string
	dc, clusters, hosts, vms, disks, page                     int
	seed                                                      int64
	plain, tags, stdinExit, esx                               bool
}

func parseOptions() options {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "address and port; port 0 picks a free one")
	flag.IntVar(&o.dc, "dc", 1, "datacenters")
	flag.IntVar(&o.clusters, "clusters", 1, "clusters per datacenter")
	flag.IntVar(&o.hosts, "hosts", 3, "hosts per cluster")
	flag.IntVar(&o.vms, "vms", 20, "VMs in all")
	flag.IntVar(&o.disks, "disks", 2, "most disks per VM; each VM has 1 to that many")
	flag.StringVar(&o.snapshots, "snapshots", "0-6", "snapshots per VM, MIN-MAX, one line of descent")
	flag.Int64Var(&o.seed, "seed", 1, "seed of names, trees, times and sizes")
	flag.StringVar(&o.load, "load", "", "serve a recorded inventory (govc object.save) instead")
	flag.StringVar(&o.user, "user", "administrator@vsphere.local", "the only user name that may log in")
	flag.StringVar(&o.password, "password", "", "its password; random when not given")
	flag.StringVar(&o.caOut, "ca-out", "", "write the server's certificate to this file, PEM")
	flag.StringVar(&o.log, "log", "", "append one line per request to this file: the method's name")
	flag.StringVar(&o.deny, "deny", "", "privilege ids, comma separated, that no session holds")
	flag.IntVar(&o.page, "page", 0, "objects per RetrievePropertiesEx reply; 0 does not page, as the library")
	flag.StringVar(&o.record, "record", "", "keep requests and replies in this directory")
	flag.StringVar(&o.replay, "replay", "", "serve what --record kept, and nothing else")
	flag.BoolVar(&o.plain, "http", false, "serve plain HTTP")
	flag.BoolVar(&o.tags, "tags", false, "create tags backup:daily and backup:weekly and attach them")
	flag.BoolVar(&o.esx, "esx", false, "be a single ESXi host, not a vCenter")
	flag.BoolVar(&o.stdinExit, "stdin-exit", false, "stop when stdin closes")
	flag.Parse()
	return o
}

func main() {
	if err := run(parseOptions()); err != nil {
		fmt.Fprintln(os.Stderr, "vcsim:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.user == "" {
		return errors.New("--user must not be empty")
	}
	if o.password == "" {
		secret := make([]byte, 12)
		if _, err := rand.Read(secret); err != nil {
			return err
		}
		o.password = hex.EncodeToString(secret)
	}
	// Caught from here on, so that a signal during the build-up still removes the temporary files.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)

	if o.stdinExit {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop <- syscall.SIGTERM
		}()
	}
	if o.replay != "" {
		return serveReplies(o, stop)
	}
	model, err := buildModel(o)
	if model != nil {
		defer model.Remove()
	}
	if err != nil {
		return err
	}
	return serve(o, model, stop)
}

func serve(o options, model *simulator.Model, stop chan os.Signal) error {
	thumbprint := "none"
	if !o.plain {
		var err error
		if model.Service.TLS, thumbprint, err = newCertificate(o.caOut); err != nil {
			return err
		}
	}
	model.Service.RegisterEndpoints = true // tags and the REST session
	model.Service.Listen = &url.URL{Host: o.listen, User: url.UserPassword(o.user, o.password)}
	if o.deny != "" {
		denyPrivileges(o.deny)
	}
	server := model.Service.NewServer()
	defer server.Close()
	front, err := newFront(server.Config.Handler, o.page, o.log)
	if err != nil {
		return err
	}
	if o.tags {
		if err := attachTags(server.URL); err != nil {
			return fmt.Errorf("attaching tags: %w", err)
		}
	}
	server.Config.Handler = front // after our own calls: the log holds clients' requests only
	if o.record != "" {
		server.Config.Handler = record(front, o.record)
	}
	announce(fmt.Sprintf("%s://%s%s", server.URL.Scheme, server.URL.Host, server.URL.Path), thumbprint, o)
	<-stop
	return nil
}

// announce prints the one line that a caller reads to know where to go.
func announce(url, thumbprint string, o options) {
	fmt.Printf("url=%s thumbprint=%s username=%s password=%s\n", url, thumbprint, o.user, o.password)
}
