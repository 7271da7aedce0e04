package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// maxSecret is how much is read of where a passphrase comes from, bytes.
const maxSecret = 4096

// passphrase comes from the variable NAME, from the file that NAME_FILE names, from the terminal without an echo (twice when
// a new one is made), or else from the first line of standard input.
func (p *program) passphrase(name, question string, twice bool) (string, error) {
	if value, ok := p.variable(name); ok {
		return value, nil
	}
	if path, ok := p.variable(name + "_FILE"); ok {
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("read %s_FILE: %w", name, err)
		}
		defer f.Close()
		return firstLine(bufio.NewReader(io.LimitReader(f, maxSecret)))
	}
	in, ok := p.stdin.(*os.File)
	if !ok || !isTerminal(in) {
		return firstLine(bufio.NewReader(io.LimitReader(p.stdin, maxSecret)))
	}
	text, err := p.ask(in, question+": ")
	if err != nil || !twice {
		return text, err
	}
	again, err := p.ask(in, "Once more: ")
	if err == nil && again != text {
		err = errors.New("the two are not the same; nothing was done")
	}
	return text, err
}

// ask reads a line from a terminal that does not show it.
func (p *program) ask(in *os.File, question string) (text string, err error) {
	fmt.Fprint(p.stderr, question)
	fd := int(in.Fd())
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("ask at the terminal: %w", err)
	}
	hidden := *was
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return "", fmt.Errorf("ask at the terminal: %w", err)
	}
	defer func() {
		err = errors.Join(err, unix.IoctlSetTermios(fd, unix.TCSETS, was))
		fmt.Fprintln(p.stderr)
	}()
	return firstLine(bufio.NewReader(io.LimitReader(in, maxSecret)))
}

func firstLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read a passphrase: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("no passphrase was given")
	}
	return line, nil
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
