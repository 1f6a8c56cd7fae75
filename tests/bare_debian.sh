# A bare Debian 12 as a tar file, for scripts that try things on a machine with nothing else. To be sourced.

# The machine's own package sources, in either of their formats.
default_mirror() {
  local file
  for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [[ ! -s $file ]] || { echo "$file"; return; }
  done
}

# bare_debian TAR PACKAGE...: makes it if it is not there, from $MIRROR (a file or URL) or the machine's own sources.
bare_debian() {
  local tar=$1
  shift
  [[ ! -e $tar ]] || return 0
  echo "making a bare Debian 12 in $tar"
  mkdir -p "$(dirname "$tar")"
  local mirror=()
  mapfile -t mirror < <(if [[ -n ${MIRROR:-} ]]; then echo "$MIRROR"; else default_mirror; fi)
  local IFS=,
  mmdebstrap --quiet --format=tar --variant=minbase --include="$*" bookworm "$tar.new" "${mirror[@]}"
  mv "$tar.new" "$tar"
}

# trust_as_here ROOT: the machine's extra certificate authorities hold there too.
trust_as_here() {
  compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null || return 0
  cp /usr/local/share/ca-certificates/*.crt "$1/usr/local/share/ca-certificates/"
  chroot "$1" update-ca-certificates >/dev/null 2>&1
}
