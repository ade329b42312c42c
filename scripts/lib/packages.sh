# shellcheck shell=bash
# System packages, where we may install them: as root, on a system with apt.

# Asked once for a whole run, also for the scripts called from this one.
agree_to_install() {
  local answer
  [ -z "${SANDBOX_MAY_INSTALL-}" ] || return 0
  if [ -t 0 ]; then
    printf 'sandbox: this needs system packages that are missing (now: %s).\n' "$*" >&2
    printf '         Install what is missing with apt-get? [y/N] ' >&2
    read -r answer || answer=no
    case $answer in
      y | Y | yes | YES) ;;
      *) fail "Nothing was installed." "To do it yourself: apt-get install $*" ;;
    esac
  fi
  export SANDBOX_MAY_INSTALL=yes
}

# install_packages WHY PACKAGE...
install_packages() {
  local why=$1 as_root=
  shift
  [ "$(id -u)" = 0 ] || as_root='sudo '
  if [ "${install_system_packages-yes}" = no ] || [ -n "$as_root" ] || ! command -v apt-get >/dev/null; then
    fail "$why" "On Debian or Ubuntu:  ${as_root}apt-get install $*" \
      "Elsewhere: your system's package of the same purpose. Then run this again."
  fi
  agree_to_install "$@"
  # One broken third-party source fails the whole update; what we need may be there all the same.
  step "Reading the lists of system packages" apt-get update || say "going on with the lists there are"
  step "Installing system packages: $*" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install --yes "$@" ||
    fail "$why" "apt-get could not install it; its last lines are above."
}
