#!/usr/bin/env bash
# MRtrix3: the real tools of the demo and of the wrapper tests.
ENGINE=mrtrix
. "$(dirname "$0")/lib.sh"

have mrconvert || apt_install mrtrix3
say "$(mrconvert --version | head -n 1)"
