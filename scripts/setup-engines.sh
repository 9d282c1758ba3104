#!/usr/bin/env bash
# Installs and starts the real engines and tools that the tests use, on a Debian machine, as root. Idempotent.
#   scripts/setup-engines.sh              everything
#   scripts/setup-engines.sh docker slurm only these
set -euo pipefail

dir=$(cd "$(dirname "$0")" && pwd)/engines
all=(tools mrtrix docker podman registry images slurm postgres)
names=("$@")
((${#names[@]})) || names=("${all[@]}")

for name in "${names[@]}"; do
  if [ "$name" = lib ] || [ ! -f "$dir/$name.sh" ]; then
    echo "setup-engines: no engine named '$name'; there are: ${all[*]}" >&2
    exit 2
  fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "setup-engines: needs root and apt (Debian). Elsewhere install what you want to test by hand; the tests skip what is missing." >&2
  exit 1
fi

failed=()
for name in "${names[@]}"; do
  started=$SECONDS
  if bash "$dir/$name.sh"; then
    echo "setup-engines: $name ready ($((SECONDS - started)) s)"
  else
    echo "setup-engines: $name FAILED ($((SECONDS - started)) s)" >&2
    failed+=("$name")
  fi
done
((${#failed[@]} == 0)) || { echo "setup-engines: failed: ${failed[*]}" >&2; exit 1; }
