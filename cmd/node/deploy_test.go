package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDockerfile(t *testing.T) {
	dockerfile, goMod := read(t, "../../deploy/Dockerfile"), read(t, "../../go.mod")
	for _, problem := range dockerProblems(dockerfile, goMod) {
		t.Error(problem)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a base that holds a shell", "FROM scratch", "FROM debian", "scratch"},
		{"root", "USER 65532:65532", "USER 0:0", "root"},
		{"no user", "USER 65532:65532\n", "", "root"},
		{"a health check that needs a shell", `CMD ["/conclave", "status"]`, "CMD /conclave status", "HEALTHCHECK"},
		{"an entry point that needs a shell", `ENTRYPOINT ["/conclave"]`, "ENTRYPOINT /conclave", "ENTRYPOINT"},
		{"a stage that is not there", "--from=web", "--from=page", "page"},
		{"another Go", "golang:1.26", "golang:1.20", "go.mod"},
		{"cgo", "CGO_ENABLED=0", "CGO_ENABLED=1", "CGO_ENABLED"},
		{"data outside the volume", "VOLUME /data", "VOLUME /var", "VOLUME"},
		{"a folder that the user cannot write", "--chown=65532:65532 ", "", "chown"},
	} {
		t.Run("refuses "+c.name, func(t *testing.T) {
			got := dockerProblems(strings.Replace(dockerfile, c.old, c.new, 1), goMod)
			if !slices.ContainsFunc(got, func(problem string) bool { return strings.Contains(problem, c.want) }) {
				t.Errorf("with %q for %q: got problems %q, want one about %q", c.new, c.old, got, c.want)
			}
		})
	}
}

func TestUnit(t *testing.T) {
	unit := read(t, "../../deploy/conclave.service")
	for _, problem := range unitProblems(unit) {
		t.Error(problem)
	}
	for directive := range hardened {
		t.Run("refuses to go without "+directive, func(t *testing.T) {
			without := regexp.MustCompile(`(?m)^`+directive+`=.*\n`).ReplaceAllString(unit, "")
			if got := unitProblems(without); len(got) != 1 || !strings.Contains(got[0], directive) {
				t.Errorf("got problems %q, want one about %s", got, directive)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// dockerProblems names what keeps the image from building, starting, or being as small and unprivileged as promised.
func dockerProblems(dockerfile, goMod string) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	last := map[string]string{} // instruction → its arguments, in the last stage
	var stages []string
	for line := range strings.SplitSeq(dockerfile, "\n") {
		instruction, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "", "#":
			continue
		case "FROM":
			clear(last)
			_, stage, _ := strings.Cut(args, " AS ")
			stages = append(stages, stage)
			if version, ok := strings.CutPrefix(args, "golang:"); ok {
				version, _, _ = strings.Cut(version, "-")
				if !regexp.MustCompile(`(?m)^go ` + regexp.QuoteMeta(version) + `(\.|$)`).MatchString(goMod) {
					problem("builds with Go %s, which is not what go.mod says", version)
				}
			}
		case "COPY":
			if found := regexp.MustCompile(`--from=(\S+)`).FindStringSubmatch(args); found != nil && !slices.Contains(stages, found[1]) {
				problem("copies from stage %s, which is not there", found[1])
			}
		}
		if instruction == "COPY" || instruction == "ENV" {
			args = last[instruction] + "\n" + args
		}
		last[instruction] = args
	}
	if last["FROM"] != "scratch" {
		problem("the image is made from %q, want scratch", last["FROM"])
	}
	user := last["USER"]
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		problem("runs as %q, want numbers that are not root", user)
	}
	volume := last["VOLUME"]
	if !strings.Contains(last["ENV"], "CONCLAVE_DATA="+volume) {
		problem("VOLUME %q is not the data folder: ENV %q", volume, last["ENV"])
	}
	if !regexp.MustCompile(`--chown=` + user + ` \S+ ` + volume + `(\n|$)`).MatchString(last["COPY"]) {
		problem("no COPY with --chown=%s makes %s: the node could not write there", user, volume)
	}
	if _, check, _ := strings.Cut(last["HEALTHCHECK"], "CMD "); !slices.Equal(words(check), []string{"/conclave", "status"}) {
		problem("HEALTHCHECK runs %q, want the binary's status without a shell", check)
	}
	if got := words(last["ENTRYPOINT"]); !slices.Equal(got, []string{"/conclave"}) {
		problem("ENTRYPOINT %q, want the binary without a shell", last["ENTRYPOINT"])
	}
	if got := words(last["CMD"]); len(got) == 0 || got[0] != "run" {
		problem("CMD %q, want run", last["CMD"])
	}
	if !strings.Contains(dockerfile, "ENV CGO_ENABLED=0") {
		problem("builds without CGO_ENABLED=0: the binary would need a C library")
	}
	return problems
}

// words reads the exec form of an instruction; nil for the shell form.
func words(args string) (list []string) {
	if json.Unmarshal([]byte(args), &list) != nil {
		return nil
	}
	return list
}

// hardened: directives of the unit that must stand, and their values.
var hardened = map[string]string{
	"ExecStart":               "/usr/local/bin/conclave run --data %S/conclave",
	"DynamicUser":             "yes",
	"StateDirectory":          "conclave",
	"StateDirectoryMode":      "0700",
	"LimitCORE":               "0",
	"MemorySwapMax":           "0",
	"CapabilityBoundingSet":   "",
	"NoNewPrivileges":         "yes",
	"ProtectSystem":           "strict",
	"ProtectHome":             "yes",
	"PrivateTmp":              "yes",
	"PrivateDevices":          "yes",
	"MemoryDenyWriteExecute":  "yes",
	"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX AF_NETLINK",
	"SystemCallArchitectures": "native",
}

func unitProblems(unit string) (problems []string) {
	got := map[string]string{}
	for line := range strings.SplitSeq(unit, "\n") {
		if directive, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			got[directive] = value
		}
	}
	for directive, want := range hardened {
		if value, ok := got[directive]; !ok || value != want {
			problems = append(problems, fmt.Sprintf("%s=%s, want %s", directive, value, want))
		}
	}
	return problems
}
