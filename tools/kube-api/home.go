package main

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// home is what a folder says of the API that lives in it. The kubeconfig is its memory: a second start in the
// folder serves at the same address, with the same certificate and token.
type home struct {
	folder    string
	port      int
	token     string
	authority []byte
}

const name = "kube-api" // of the cluster, the user and the context in the kubeconfig

func (h home) file(name string) string { return filepath.Join(h.folder, name) }

func (h home) address() string { return "https://" + onLoopback(h.port) }

func (h home) clientConfig() *rest.Config {
	return &rest.Config{
		Host:            h.address(),
		BearerToken:     h.token,
		TLSClientConfig: rest.TLSClientConfig{CAData: h.authority},
		QPS:             500,
		Burst:           1000,
	}
}

func settle(folder string, wishedPort int) (home, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return home{}, err
	}
	h, err := recall(folder)
	if errors.Is(err, fs.ErrNotExist) {
		h, err = makeHome(folder)
	}
	if err != nil {
		return home{}, err
	}
	if wishedPort != 0 {
		h.port = wishedPort
	}
	return h, h.remember()
}

func recall(folder string) (home, error) {
	h := home{folder: folder}
	config, err := clientcmd.LoadFromFile(h.file("kubeconfig"))
	if err != nil {
		return h, err
	}
	cluster, user := config.Clusters[name], config.AuthInfos[name]
	if cluster == nil || user == nil {
		return h, fmt.Errorf("%s was not written by kube-api", h.file("kubeconfig"))
	}
	h.token, h.authority = user.Token, cluster.CertificateAuthorityData
	at, err := url.Parse(cluster.Server)
	if err != nil {
		return h, err
	}
	h.port, err = strconv.Atoi(at.Port())
	return h, err
}

// makeHome makes keys and a token; they count only once the kubeconfig is written after them.
func makeHome(folder string) (home, error) {
	h := home{folder: folder, token: rand.Text()}
	var err error
	if h.port, err = freePort(); err != nil {
		return h, err
	}
	loopback := []net.IP{net.IPv4(127, 0, 0, 1)}
	chain, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", loopback, []string{"localhost", "kubernetes.default.svc"})
	if err != nil {
		return h, err
	}
	signing, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return h, err
	}
	if h.authority, err = lastCertificate(chain); err != nil {
		return h, err
	}
	secrets := map[string][]byte{
		"server.crt":  chain,
		"server.key":  key,
		"signing.key": signing,
		"tokens.csv":  []byte(h.token + `,admin,admin,"system:masters"` + "\n"),
	}
	for file, content := range secrets {
		if err := os.WriteFile(h.file(file), content, 0o600); err != nil {
			return h, err
		}
	}
	return h, nil
}

// lastCertificate is the one that signed the others of the chain.
func lastCertificate(chain []byte) ([]byte, error) {
	var last []byte
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		last = pem.EncodeToMemory(block)
	}
	if last == nil {
		return nil, errors.New("the certificate that was made is empty")
	}
	return bytes.Clone(last), nil
}

func (h home) remember() error {
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{Server: h.address(), CertificateAuthorityData: h.authority}
	config.AuthInfos[name] = &api.AuthInfo{Token: h.token}
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	draft := h.file("kubeconfig.draft")
	if err := clientcmd.WriteToFile(*config, draft); err != nil {
		return err
	}
	return os.Rename(draft, h.file("kubeconfig"))
}

func apiServerFlags(h home, etcd string) []string {
	return []string{
		"--etcd-servers=" + etcd,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(h.port),
		"--tls-cert-file=" + h.file("server.crt"),
		"--tls-private-key-file=" + h.file("server.key"),
		"--token-auth-file=" + h.file("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + h.file("signing.key"),
		"--service-account-signing-key-file=" + h.file("signing.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		// Nothing routes here: the address of the API is not published in the cluster, and nobody is drained.
		"--endpoint-reconciler-type=none",
		"--shutdown-delay-duration=0s",
		"--enable-priority-and-fairness=false",
		"--profiling=false",
	}
}

func onLoopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func freePort() (int, error) {
	listener, err := net.Listen("tcp", onLoopback(0))
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
