# Sourced by what installs the package to try it.

# A copy of what packages change, laid over the machine's own, for this process and its children alone.
apart() {
  local over=/run/concord-test-package
  mount -t tmpfs -o mode=700 tmpfs /run/systemd 2>/dev/null || true
  mkdir -p "$over"
  mount -t tmpfs -o mode=755 tmpfs "$over"
  for part in usr etc var; do
    mkdir "$over/$part" "$over/$part.work"
    mount -t overlay -o "lowerdir=/$part,upperdir=$over/$part,workdir=$over/$part.work" overlay "/$part"
  done
}
