# shellcheck shell=bash
# The project's own Python environment, with the locked packages and nothing else.

is_new_enough() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    is_new_enough "$candidate" && echo "$candidate" && return
  done
  return 1
}

make_environment() {
  local python
  python=$(find_python) || {
    install_packages "Python 3.11 or newer with its venv module is needed." python3 python3-venv
    python=$(find_python) || fail "This system's python3 is older than 3.11." \
      "Install Python 3.11 or newer with its venv module, as python3.11 or the like on PATH."
  }
  step "Making a Python environment in .venv" "$python" -m venv --clear .venv ||
    fail "The Python environment could not be made."
}

# A virtual environment does not survive being moved: its programs name the folder.
has_environment() {
  is_new_enough .venv/bin/python && grep -qF "$PWD/.venv/bin/python" .venv/bin/pip
}

# install_locked LOCK...: what the last of these files says (it holds what is in the ones before),
# then the project itself, built by a locked builder. A stamp says that a file was installed.
install_locked() {
  local lock=${!#} now
  now="$PWD $(cat "$lock" pyproject.toml | sha256sum)"
  [ "$(cat ".venv/$lock.installed" 2>/dev/null)" != "$now" ] || return 0
  has_environment || make_environment
  step "Installing Python packages ($lock)" .venv/bin/python -m pip install \
    --disable-pip-version-check --require-hashes -r "$lock" || fail "pip could not install $lock."
  step "Installing sandbox itself" .venv/bin/python -m pip install \
    --disable-pip-version-check --no-deps --no-build-isolation --editable . ||
    fail "pip could not install the project."
  # Where PYTHONDONTWRITEBYTECODE is set, every start would compile all of it again: 100 ms.
  PYTHONDONTWRITEBYTECODE='' .venv/bin/python -m compileall -q runner
  for lock; do
    printf '%s %s\n' "$PWD" "$(cat "$lock" pyproject.toml | sha256sum)" >".venv/$lock.installed"
  done
}
