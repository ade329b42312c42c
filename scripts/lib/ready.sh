# shellcheck shell=bash
# Whether everything is in place, found out without starting a single process: this runs before
# every `scripts/sandbox`. A deleted image is not noticed here; the command then says so itself.

# note_ready FILE ROOT: where the project lay, and whose engine was asked for its images.
note_ready() { printf '%s\n' "$2 ${DOCKER_HOST-} ${DOCKER_CONTEXT-}" >"$1"; }

# is_ready [ROOT], of the current folder where none is given.
is_ready() {
  local root=${1-$PWD} noted input
  local stamp=$root/.venv/ready
  { IFS= read -r noted <"$stamp"; } 2>/dev/null || return 1
  [ "$noted" = "$root ${DOCKER_HOST-} ${DOCKER_CONTEXT-}" ] || return 1
  for input in "$root"/{requirements.lock,pyproject.toml} "$root"/images/*/{,*} "$root"/scripts/{setup,build-images,lib/*}; do
    [[ ! $input -nt $stamp ]] || return 1
  done
  engine_listens
}

# Whether anything accepts connections at the engine's socket, from the kernel's own list. An
# engine elsewhere is taken as it is: asking it would cost more than trying.
engine_listens() {
  local socket=${DOCKER_HOST:-unix:///run/docker.sock} sockets
  [[ $socket == unix://* ]] || return 0
  socket=${socket#unix://}
  socket=${socket#/var} # /var/run is /run
  sockets=$(</proc/net/unix) 2>/dev/null || return 1
  [[ $sockets =~ " 00010000 "[^$'\n']*" "(/var)?"$socket"($'\n'|$) ]]
}
