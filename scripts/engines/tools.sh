#!/usr/bin/env bash
# What the tests, the fault suite and the benchmarks measure and break with.
ENGINE=tools
. "$(dirname "$0")/lib.sh"

apt_install strace hyperfine b3sum faketime ccache zsh fish
for tool in strace hyperfine b3sum faketime ccache zsh fish; do
  have "$tool" || die "$tool is not on PATH"
done
say "strace, hyperfine, b3sum, faketime, ccache, zsh, fish"
