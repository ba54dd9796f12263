# How .ci/run counts suites: sourced by it, and by its tests with suites that are fake.
# Everything adds to $passed and $failed. $reports is a folder for reports.

passed=0
failed=0

# limited SECONDS COMMAND...: a hanging suite is a failed one, not a hanging run.
limited() {
  if command -v timeout >/dev/null; then timeout --kill-after=15 "$@"; else "${@:2}"; fi
}

# whole NAME SECONDS COMMAND...: a suite that counts as one.
whole() {
  printf '\n=== %s\n' "$1"
  if limited "${@:2}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '=== %s failed\n' "$1"
  fi
}

# Sums of a jest report as "passed failed"; a test file that could not run counts as a failed test.
sums='
  const report = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  console.log(report.numPassedTests, report.numFailedTests + report.numRuntimeErrorTestSuites);
'

# jested NAME SECONDS COMMAND...: a suite of jest, counted test by test out of its JSON report.
jested() {
  local name="$1" report ok=0 bad=0 code=0
  report="$reports/${name//[^a-z0-9]/-}.json"
  printf '\n=== %s\n' "$name"
  limited "${@:2}" -- --json --outputFile="$report" || code=$?
  if [ -s "$report" ]; then read -r ok bad < <(node -e "$sums" "$report"); fi
  # No report, an empty run, or a failure that no test owns: never a silent success.
  if [ $((ok + bad)) -eq 0 ] || { [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; }; then bad=$((bad + 1)); fi
  passed=$((passed + ok))
  failed=$((failed + bad))
  printf '=== %s: %d passed, %d failed\n' "$name" "$ok" "$bad"
}

# played NAME PLAYS SECONDS COMMAND...: a suite of PLAYS plays that says its own sum, "N passed, N failed", in its last line.
# Without a sum nothing has passed: out of time, ended from outside, or a machine that cannot run it (exit code 3).
played() {
  local name="$1" plays="$2" code=0 ok=0 bad output last
  output="$reports/${name//[^a-z0-9]/-}.txt"
  bad="$plays"
  printf '\n=== %s: %d plays\n' "$name" "$plays"
  limited "${@:3}" > >(tee "$output") || code=$?
  wait "$!" 2>/dev/null
  last="$(grep -v '^[[:space:]]*$' "$output" | tail -n 1)"
  if [[ "$last" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    ok="${BASH_REMATCH[1]}"
    bad="${BASH_REMATCH[2]}"
    # Plays that nobody counted have not passed.
    if [ $((ok + bad)) -lt "$plays" ]; then bad=$((plays - ok)); fi
  fi
  # A failure that no play owns.
  if [ "$bad" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$ok" -eq 0 ]; }; then bad=1; fi
  passed=$((passed + ok))
  failed=$((failed + bad))
  case "$code" in
    3) printf '\n!!! %s: THIS MACHINE CANNOT RUN IT (the sentence above says why). All %d plays count as failed.\n' "$name" "$bad" ;;
    124 | 137) printf '\n!!! %s: OUT OF TIME after %s s.\n' "$name" "$3" ;;
  esac
  printf '=== %s: %d passed, %d failed\n' "$name" "$ok" "$bad"
}
