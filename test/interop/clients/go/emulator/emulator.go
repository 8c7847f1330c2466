// Package emulator is the guard against the emulator in production.
package emulator

import (
	"errors"
	"fmt"
	"log"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var production = []string{
	"K_SERVICE", "K_REVISION", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL",
	"GAE_ENV", "GAE_INSTANCE", "KUBERNETES_SERVICE_HOST",
}
var address = regexp.MustCompile(`^(https?://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::[0-9]+)?)/?$`)
var loopback = regexp.MustCompile(`^(127(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\[::1\])$`)

// URL is the emulator's; nil if COUNTERSIGN_EMULATOR is not set, an error in production. It takes os.Environ().
func URL(environ []string) (*url.URL, error) {
	env := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	emulator := env["COUNTERSIGN_EMULATOR"]
	if emulator == "" {
		return nil, nil
	}
	parts := address.FindStringSubmatch(strings.ToLower(emulator))
	if parts == nil {
		return nil, errors.New("COUNTERSIGN_EMULATOR is not a URL such as http://127.0.0.1:8790")
	}
	if err := assertNotProduction(emulator, env); err != nil {
		return nil, err
	}
	origin, host := parts[1], parts[2]
	allowed := strings.Split(strings.ToLower(env["COUNTERSIGN_EMULATOR_ALLOW_HOST"]), ",")
	isAllowed := func(name string) bool { return strings.TrimSpace(name) == host }
	if !loopback.MatchString(host) && !slices.ContainsFunc(allowed, isAllowed) {
		return nil, fmt.Errorf("COUNTERSIGN_EMULATOR is on %s, not on 127.0.0.1 or [::1]: if that is the emulator's "+
			"container, set COUNTERSIGN_EMULATOR_ALLOW_HOST=%s", host, host)
	}
	log.Printf("the emulator at %s stands in for Google", origin)
	return url.Parse(origin)
}

// assertNotProduction wants a confirmation beside what production sets; Cloud Run itself never takes one.
func assertNotProduction(emulator string, env map[string]string) error {
	var signs, cloudRun []string
	for _, name := range production {
		isFirebase := env["FUNCTIONS_EMULATOR"] == "true" && strings.HasPrefix(name, "K_")
		if _, isSet := env[name]; isSet && !isFirebase {
			signs = append(signs, name)
		}
	}
	if strings.Trim(env["NODE_ENV"], " \t\r\n\"'") == "production" {
		signs = append(signs, "NODE_ENV=production")
	}
	if slices.Contains(signs, "K_SERVICE") {
		cloudRun = append(cloudRun, "K_SERVICE")
	}
	for name := range env {
		if strings.HasPrefix(name, "CLOUD_RUN_") {
			cloudRun = append(cloudRun, name)
		}
	}
	confirmed := env["COUNTERSIGN_EMULATOR_CONFIRM"]
	_, isKubernetes := env["KUBERNETES_SERVICE_HOST"]
	if confirmed != "" && len(cloudRun) > 0 && !isKubernetes {
		return fmt.Errorf("COUNTERSIGN_EMULATOR_CONFIRM is set beside %s, on Cloud Run: remove it and COUNTERSIGN_EMULATOR", cloudRun[0])
	}
	if len(signs) > 0 && confirmed != emulator {
		return fmt.Errorf("COUNTERSIGN_EMULATOR is set beside %s: in production remove it; "+
			"in CI, for example, set COUNTERSIGN_EMULATOR_CONFIRM=%s", signs[0], emulator)
	}
	return nil
}
