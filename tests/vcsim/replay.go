package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// A recording is a directory of NNNN.head (method, path, status, content type, one per line),
// NNNN.request and NNNN.reply. Served again, it costs the server nothing, so that a benchmark
// measures clients; curl can post the same requests and gets the same bytes.

// record wraps a handler and keeps what passes. Files are numbered in the order of arrival.
func record(next http.Handler, dir string) http.Handler {
	var mutex sync.Mutex
	count := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request, reply bytes.Buffer
		_, _ = request.ReadFrom(r.Body)
		r.Body = http.NoBody
		if request.Len() > 0 {
			r.Body = readCloser{bytes.NewReader(request.Bytes())}
		}
		copied := &copying{ResponseWriter: w, status: http.StatusOK, body: &reply}
		next.ServeHTTP(copied, r)
		mutex.Lock()
		defer mutex.Unlock()
		count++
		stem := filepath.Join(dir, fmt.Sprintf("%04d", count))
		head := fmt.Sprintf("%s\n%s\n%d\n%s\n", r.Method, r.URL.RequestURI(), copied.status, w.Header().Get("Content-Type"))
		for suffix, content := range map[string][]byte{".head": []byte(head), ".request": request.Bytes(), ".reply": reply.Bytes()} {
			if err := os.WriteFile(stem+suffix, content, 0o600); err != nil {
				fmt.Fprintln(os.Stderr, "vcsim: recording:", err)
			}
		}
	})
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

type copying struct {
	http.ResponseWriter
	status int
	body   *bytes.Buffer
}

func (c *copying) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *copying) Write(p []byte) (int, error) {
	c.body.Write(p)
	return c.ResponseWriter.Write(p)
}

type recorded struct {
	status      int
	contentType string
	body        []byte
}

// requestKey says which requests are the same: SOAP headers carry ids that differ between runs.
func requestKey(method, uri string, body []byte) string {
	if at := bytes.Index(body, []byte("Body>")); at >= 0 {
		body = body[at:]
	}
	return method + " " + uri + " " + string(body)
}

func loadReplies(dir string) (map[string]recorded, error) {
	heads, err := filepath.Glob(filepath.Join(dir, "*.head"))
	if err != nil || len(heads) == 0 {
		return nil, fmt.Errorf("%s holds no recording (%v)", dir, err)
	}
	sort.Strings(heads)
	replies := map[string]recorded{}
	for _, head := range heads {
		stem := strings.TrimSuffix(head, ".head")
		text, err := os.ReadFile(head)
		if err != nil {
			return nil, err
		}
		request, err := os.ReadFile(stem + ".request")
		if err != nil {
			return nil, err
		}
		reply, err := os.ReadFile(stem + ".reply")
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(text), "\n")
		if len(lines) < 4 {
			return nil, fmt.Errorf("%s is cut off", head)
		}
		status, err := strconv.Atoi(lines[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", head, err)
		}
		replies[requestKey(lines[0], lines[1], request)] = recorded{status, lines[3], reply}
	}
	return replies, nil
}

// serveReplies answers from a recording. There is no session: any cookie will do, and none is asked for.
func serveReplies(o options, stop chan os.Signal) error {
	replies, err := loadReplies(o.replay)
	if err != nil {
		return err
	}
	config, thumbprint, err := newCertificate(o.caOut)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	server := &http.Server{TLSConfig: config, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		reply, known := replies[requestKey(r.Method, r.URL.RequestURI(), body.Bytes())]
		if !known {
			fmt.Fprintf(os.Stderr, "vcsim: not in the recording: %s %s %s\n", r.Method, r.URL, body.String())
			http.Error(w, "not in the recording", http.StatusNotImplemented)
			return
		}
		if reply.contentType != "" {
			w.Header().Set("Content-Type", reply.contentType)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(reply.body)))
		w.WriteHeader(reply.status)
		_, _ = w.Write(reply.body)
	})}
	go func() {
		if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "vcsim:", err)
			stop <- syscall.SIGTERM
		}
	}()
	announce("https://"+listener.Addr().String()+"/sdk", thumbprint, o)
	<-stop
	return server.Close()
}
