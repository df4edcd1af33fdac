package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"sync"
)

// front stands before the library's handler: it logs the names of methods, and it pages
// RetrievePropertiesEx as a vCenter does. The library (0.24) ignores maxObjects and has no
// ContinueRetrievePropertiesEx.
type front struct {
	next http.Handler
	page int
	log  *os.File

	mutex sync.Mutex
	held  map[string][][]byte // token: the objects not yet sent
	count int
}

var (
	methodPattern = regexp.MustCompile(`<(?:[A-Za-z0-9_]+:)?Body[^>]*>\s*<(?:[A-Za-z0-9_]+:)?([A-Za-z0-9_]+)`)
	tokenPattern  = regexp.MustCompile(`<(?:[A-Za-z0-9_]+:)?token[^>]*>([0-9]+)<`)
	maxPattern    = regexp.MustCompile(`<(?:[A-Za-z0-9_]+:)?maxObjects[^>]*>([0-9]+)<`)
)

func newFront(next http.Handler, page int, logName string) (*front, error) {
	f := &front{next: next, page: page, held: map[string][][]byte{}}
	if logName != "" {
		var err error
		if f.log, err = os.OpenFile(logName, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "reading the request: "+err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	name := r.Method + " " + r.URL.Path
	if match := methodPattern.FindSubmatch(body); match != nil {
		name = string(match[1])
	}
	f.note(name)
	switch {
	case f.page > 0 && name == "RetrievePropertiesEx":
		f.servePaged(w, r, body)
	case f.page > 0 && name == "ContinueRetrievePropertiesEx":
		f.serveNext(w, body)
	default:
		f.next.ServeHTTP(w, r)
	}
}

func (f *front) note(name string) {
	if f.log == nil {
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	fmt.Fprintln(f.log, name)
}

// servePaged asks the library for everything and keeps what goes beyond a page. A client's
// maxObjects may make a page smaller, never larger: that is a server's right, and a vCenter's habit.
func (f *front) servePaged(w http.ResponseWriter, r *http.Request, body []byte) {
	whole := httptest.NewRecorder()
	f.next.ServeHTTP(whole, r)
	size := f.page
	if match := maxPattern.FindSubmatch(body); match != nil {
		if wanted, err := strconv.Atoi(string(match[1])); err == nil && wanted > 0 && wanted < size {
			size = wanted
		}
	}
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	reply := whole.Body.Bytes()
	head, objects, tail := cutObjects(reply)
	if whole.Code != http.StatusOK || len(objects) <= size {
		w.WriteHeader(whole.Code)
		_, _ = w.Write(reply)
		return
	}
	token := f.hold(append([][]byte{head, tail, []byte(strconv.Itoa(size))}, objects...))
	f.writePage(w, token, "RetrievePropertiesEx")
}

// hold keeps what is still to be sent and gives the token for it; each page has a token of its own.
func (f *front) hold(rest [][]byte) string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.count++
	token := strconv.Itoa(f.count)
	f.held[token] = rest
	return token
}

func (f *front) serveNext(w http.ResponseWriter, body []byte) {
	token := ""
	if match := tokenPattern.FindSubmatch(body); match != nil {
		token = string(match[1])
	}
	f.writePage(w, token, "ContinueRetrievePropertiesEx")
}

func (f *front) writePage(w http.ResponseWriter, token, method string) {
	f.mutex.Lock()
	held, known := f.held[token]
	delete(f.held, token)
	f.mutex.Unlock()
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	if !known {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, invalidToken)
		return
	}
	head, tail, objects := held[0], held[1], held[3:]
	size, _ := strconv.Atoi(string(held[2]))
	var page bytes.Buffer
	// The library encodes both replies alike but for the name of the outermost element.
	page.Write(bytes.Replace(head, []byte("RetrievePropertiesExResponse"), []byte(method+"Response"), 1))
	if len(objects) > size {
		fmt.Fprintf(&page, "<token>%s</token>", f.hold(append(held[:3:3], objects[size:]...)))
		objects = objects[:size]
	}
	for _, object := range objects {
		page.Write(object)
	}
	page.Write(bytes.Replace(tail, []byte("RetrievePropertiesExResponse"), []byte(method+"Response"), 1))
	_, _ = w.Write(page.Bytes())
}

// cutObjects splits a reply into what stands before, the <objects> elements, and what stands after.
// No property of the inventory has an element of that name, so plain cuts are safe.
func cutObjects(reply []byte) (head []byte, objects [][]byte, tail []byte) {
	open, shut := []byte("<objects>"), []byte("</objects>")
	at := bytes.Index(reply, open)
	if at < 0 {
		return reply, nil, nil
	}
	head, tail = reply[:at], reply[at:]
	for bytes.HasPrefix(tail, open) {
		end := bytes.Index(tail, shut) + len(shut)
		objects, tail = append(objects, tail[:end]), tail[end:]
	}
	return head, objects, tail
}

const invalidToken = `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ` +
	`xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>` +
	`<faultcode>ServerFaultCode</faultcode><faultstring>A specified parameter was not correct: token</faultstring>` +
	`<detail><InvalidArgumentFault xmlns="urn:vim25" xsi:type="InvalidArgument">` +
	`<invalidProperty>token</invalidProperty></InvalidArgumentFault></detail>` +
	`</soapenv:Fault></soapenv:Body></soapenv:Envelope>`
