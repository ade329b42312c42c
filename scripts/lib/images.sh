# shellcheck shell=bash
# Which images there are, and what each is made from.

# One hash over everything the folders' images are made from; it is written on the image, so that
# a change of any of it is noticed, and nothing else is.
inputs() {
  (cd images && find "$@" -type f ! -name '*.md' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) |
    sha256sum | cut -d ' ' -f 1
}

inputs_on() {
  timeout 20 docker image inspect --format '{{index .Config.Labels "sandbox.inputs"}}' "$@" 2>/dev/null
}

images_are_current() {
  local wanted
  wanted=$(inputs base devcontainer && inputs base pod)
  [ "$(inputs_on sandbox-devcontainer sandbox-pod)" = "$wanted" ]
}
