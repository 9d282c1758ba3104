#!/usr/bin/env bash
# What the tests, the fault suite and the benchmarks measure and break with.
ENGINE=tools
. "$(dirname "$0")/lib.sh"

apt_install strace hyperfine b3sum faketime ccache zsh fish e2fsprogs xfsprogs mount gcc libc6-dev
for tool in strace hyperfine b3sum faketime ccache zsh fish mkfs.ext4 mkfs.xfs losetup gcc; do
  have "$tool" || die "$tool is not on PATH"
done
say "strace, hyperfine, b3sum, faketime, ccache, zsh, fish, mkfs.ext4, mkfs.xfs, gcc"
