# shellcheck shell=bash
# A container engine that answers: the one the user named, else this machine's, else a new one.

PATH=$PATH:/usr/sbin:/sbin # dockerd is there, and not every user's PATH is

engine_says() { timeout 20 docker version --format '{{.Server.Version}}' 2>&1 </dev/null; }
engine_answers() { engine_says >/dev/null; }

ensure_engine() {
  local context
  if [ -n "${DOCKER_HOST-}" ]; then
    command -v docker >/dev/null ||
      install_packages "DOCKER_HOST is set, but the docker command is missing." docker.io
    engine_answers || fail "No container engine answers at DOCKER_HOST=$DOCKER_HOST." \
      "$(engine_says | tail -n 1)" "Start that engine, or unset DOCKER_HOST to use this machine's own."
    return
  fi
  if command -v docker >/dev/null; then
    ! engine_answers || return 0
    context=${DOCKER_CONTEXT:-$(docker context inspect --format '{{.Name}}' 2>/dev/null || true)}
    [ "$context" = default ] || fail "The chosen Docker context${context:+ ($context)} leads to no engine." \
      "$(engine_says | tail -n 1)" "Start that engine, or go back to this machine's own:  docker context use default"
    [[ $(engine_says) != *"permission denied"* ]] || fail "This user may not use the container engine." \
      "To allow it (as good as making it root):  sudo usermod -aG docker $(id -un)   then log in again"
  fi
  command -v dockerd >/dev/null || install_packages "A container engine is needed." docker.io
  start_engine
}

start_engine() {
  engine_answers && return # installing it may have started it
  [ "$(id -u)" = 0 ] || fail "The container engine is installed, but not running." \
    "Start it:  sudo systemctl start docker"
  if [ -d /run/systemd/system ]; then
    step "Starting the container engine (systemctl start docker)" systemctl start docker ||
      fail "The container engine does not start." "See:  journalctl -u docker"
  elif [ "$(cat /proc/1/comm)" = init ] && command -v service >/dev/null; then
    step "Starting the container engine (service docker start)" service docker start ||
      fail "The container engine does not start." "See:  /var/log/docker.log"
  else
    start_dockerd
  fi
  await_engine
}

# Without a service manager, as in a container or a minimal CI machine.
start_dockerd() {
  engine_log=/var/log/sandbox-dockerd.log
  say "Starting the container engine (dockerd, log in $engine_log)"
  mountpoint -q /sys/fs/cgroup || ! command -v cgroupfs-mount >/dev/null || cgroupfs-mount
  forget_dead_engine
  install -m 600 /dev/null "$engine_log"
  # No descriptor of ours may stay open in it: 9 is the lock on this folder.
  (cd / && umask 022 && exec setsid dockerd >>"$engine_log" 2>&1 </dev/null 9>&-) &
  engine_process=$!
}

# A killed engine leaves its process id behind. When that id is another process by now, the next
# engine believes the first one alive and does not start.
forget_dead_engine() {
  local name file
  for name in dockerd:/var/run/docker.pid containerd:/var/run/docker/containerd/containerd.pid; do
    file=${name#*:}
    [ -e "$file" ] || continue
    [ "$(cat "/proc/$(cat "$file")/comm" 2>/dev/null)" = "${name%%:*}" ] || rm -f "$file"
  done
}

await_engine() {
  local waited=0
  until engine_answers; do
    waited=$((waited + 1))
    if [ $waited -gt 60 ] || { [ -n "${engine_process-}" ] && ! kill -0 "$engine_process" 2>/dev/null; }; then
      [ -z "${engine_log-}" ] || tail -n 10 "$engine_log" | printable | sed 's/^/    /' >&2
      fail "The container engine did not come up." "What it last said: $(engine_says | tail -n 1)"
    fi
    sleep 1
  done
}
