#!/bin/sh
# Names the packages that a host must be able to install again without internet: the compiler,
# make, perl and every header package, so that one can be removed and Catherd brings it back.
set -eu
echo gcc make perl
dpkg-query -W -f='${Package} ${Section}\n' | sed -n 's/ libdevel$//p'
