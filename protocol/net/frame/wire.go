package frame

import (
	"errors"
	"fmt"
)

const (
	kindHello = iota
	kindPut
	kindAck
	kindRequest
	kindResponse
)

type hello struct {
	_       struct{} `cbor:",toarray"`
	Kind    uint8
	Version uint64
	Nonce   Nonce
	WallMS  uint64
}

type put struct {
	_     struct{} `cbor:",toarray"`
	Kind  uint8
	Seq   uint64
	Queue Queue
	Token *Token
	Blob  []byte
}

type ack struct {
	_       struct{} `cbor:",toarray"`
	Kind    uint8
	Answers [][2]uint64 // number and code
}

type request struct {
	_       struct{} `cbor:",toarray"`
	Kind    uint8
	Version uint64
	Name    string
	Body    []byte
}

type response struct {
	_      struct{} `cbor:",toarray"`
	Kind   uint8
	Status Status
	More   bool
	Part   []byte
}

func (f Hello) encode() (any, error) {
	return hello{Kind: kindHello, Version: Version, Nonce: f.Nonce, WallMS: f.WallMS}, nil
}

func (w hello) frame() (Frame, error) {
	if w.Version != Version {
		return nil, fmt.Errorf("version %d", w.Version)
	}
	return Hello{Nonce: w.Nonce, WallMS: w.WallMS}, nil
}

func (f Put) encode() (any, error) {
	w := put{Kind: kindPut, Seq: f.Seq, Queue: f.Queue, Blob: f.Blob}
	if f.Token != (Token{}) {
		w.Token = &f.Token
	}
	return w, checkBlob(f.Blob)
}

func (w put) frame() (Frame, error) {
	f := Put{Seq: w.Seq, Queue: w.Queue, Blob: w.Blob}
	if w.Token != nil {
		if f.Token = *w.Token; f.Token == (Token{}) {
			return nil, errors.New("zero token")
		}
	}
	return f, checkBlob(f.Blob)
}

func checkBlob(b []byte) error {
	if len(b) == 0 || len(b) > MaxBlob {
		return fmt.Errorf("blob of %d bytes, want 1 to %d", len(b), MaxBlob)
	}
	return nil
}

func (f Ack) encode() (any, error) {
	w := ack{Kind: kindAck, Answers: make([][2]uint64, len(f))}
	for i, a := range f {
		w.Answers[i] = [2]uint64{a.Seq, uint64(a.Code)}
	}
	return w, w.check()
}

func (w ack) frame() (Frame, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	f := make(Ack, len(w.Answers))
	for i, a := range w.Answers {
		f[i] = Answer{Seq: a[0], Code: Code(a[1])}
	}
	return f, nil
}

func (w ack) check() error {
	if w.Answers == nil || len(w.Answers) > MaxAcks {
		return fmt.Errorf("%d answers, want a list of at most %d", len(w.Answers), MaxAcks)
	}
	for _, a := range w.Answers {
		if a[1] > uint64(Refused) {
			return fmt.Errorf("answer with code %d", a[1])
		}
	}
	return nil
}

func (f Request) encode() (any, error) {
	if f.Body == nil {
		f.Body = []byte{}
	}
	return request{Kind: kindRequest, Version: Version, Name: f.Kind, Body: f.Body}, f.check()
}

func (w request) frame() (Frame, error) {
	if w.Version != Version {
		return nil, fmt.Errorf("version %d", w.Version)
	}
	f := Request{Kind: w.Name, Body: w.Body}
	return f, f.check()
}

func (f Request) check() error {
	if f.Kind == "" || len(f.Kind) > MaxKind {
		return fmt.Errorf("kind of %d bytes, want 1 to %d", len(f.Kind), MaxKind)
	}
	return checkBody(f.Body)
}

func (f Response) encode() (any, error) {
	if f.Part == nil {
		f.Part = []byte{}
	}
	return response{Kind: kindResponse, Status: f.Status, More: f.More, Part: f.Part}, f.check()
}

func (w response) frame() (Frame, error) {
	f := Response{Status: w.Status, More: w.More, Part: w.Part}
	return f, f.check()
}

func (f Response) check() error {
	if f.Status > Internal {
		return fmt.Errorf("status %d", f.Status)
	}
	return checkBody(f.Part)
}

func checkBody(b []byte) error {
	if b == nil || len(b) > MaxBody {
		return fmt.Errorf("body of %d bytes, want at most %d", len(b), MaxBody)
	}
	return nil
}
