// Command kube-api serves a Kubernetes API on loopback, for tests: etcd, the API server and the controllers
// that give its objects their life, in one process. Nothing is scheduled and no container runs; pods are
// pretended (see kubelet.go).
//
// It needs one folder, keeps everything there, and takes up its address, keys and data again when it is
// started in that folder a second time. The file `ready` appears in it when everything answers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

type wishes struct {
	folder        string
	port          int
	followsParent bool
}

func readWishes(args []string) (wishes, error) {
	var w wishes
	flags := flag.NewFlagSet("kube-api", flag.ContinueOnError)
	flags.StringVar(&w.folder, "folder", "", "where keys, data and kubeconfig lie")
	flags.IntVar(&w.port, "port", 0, "port on 127.0.0.1; else the one it had, or a free one")
	flags.BoolVar(&w.followsParent, "follow-parent", false, "end when the process that started it does")
	if err := flags.Parse(args); err != nil {
		return w, err
	}
	if w.folder == "" {
		return w, errors.New("--folder is missing")
	}
	folder, err := filepath.Abs(w.folder)
	w.folder = folder
	return w, err
}

func main() {
	w, err := readWishes(os.Args[1:])
	if err == nil {
		err = serve(w)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-api:", err)
		os.Exit(1)
	}
}

func serve(w wishes) error {
	if w.followsParent {
		go followParent(os.Getppid())
	}
	ready := filepath.Join(w.folder, "ready")
	if err := os.RemoveAll(ready); err != nil {
		return err
	}
	home, err := settle(w.folder, w.port)
	if err != nil {
		return err
	}
	store, err := openStore(filepath.Join(w.folder, "etcd"))
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer store.close()

	server := app.NewAPIServerCommand()
	server.SilenceUsage = true
	server.SetArgs(apiServerFlags(home, store.address))
	ctx := server.Context() // ends with SIGTERM and SIGINT
	failed := make(chan error, 2)
	go func() { failed <- server.Execute() }()
	go func() {
		if err := furnish(ctx, home); err != nil {
			failed <- err
			return
		}
		if err := os.WriteFile(ready, nil, 0o600); err != nil {
			failed <- err
		}
	}()
	return <-failed
}

// furnish waits until the API answers and starts what lives on it.
func furnish(ctx context.Context, home home) error {
	config := home.clientConfig()
	if err := waitUntilReady(ctx, config); err != nil {
		return nil // it ends: the server's own error is the one to tell
	}
	if err := startControllers(ctx, config, home.authority); err != nil {
		return fmt.Errorf("controllers: %w", err)
	}
	return startKubelet(ctx, config)
}

// waitUntilReady asks /readyz, which is well only after roles, priorities and namespaces of the system are made.
func waitUntilReady(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// followParent ends this process like SIGTERM does when its parent is gone, however that ended.
func followParent(parent int) {
	for os.Getppid() == parent {
		time.Sleep(500 * time.Millisecond)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
}
