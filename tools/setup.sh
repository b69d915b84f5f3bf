# Sourced by tools/test and tools/quickstart: Debian packages, a Python, an environment.
# shellcheck shell=bash disable=SC2086

say() { printf "%s\n" "$@"; }
complain() { printf "%s\n" "$*" >&2; }

# What does not work without a package, for one line to the reader.
without() {
    case $1 in
        python3*) echo "nothing runs" ;;
        librsync2) echo "changed files are sent whole" ;;
        fuse3) echo "no mounting" ;;
        acl) echo "no ACLs shown or tested" ;;
        attr) echo "no attributes shown or tested" ;;
        rdiff) echo "deltas are not compared with rdiff" ;;
        restic) echo "speed is not compared with restic" ;;
        zsh | fish) echo "completion is not tried in them" ;;
        systemd) echo "units are not verified" ;;
        shellcheck) echo "scripts are not looked through" ;;
        debootstrap | lintian) echo "the package is not tried in a fresh system" ;;
        lvm2) echo "no snapshots of LVM are tested" ;;
        strace) echo "system calls are not counted" ;;
        chromium*) echo "the pages are not looked at in a browser" ;;
        e2fsprogs | *progs | dosfstools) echo "fewer file systems are tested on" ;;
    esac
}

# Print the packages of "$@" that are not installed.
missing_packages() {
    local package
    for package; do
        case $(dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null) in
            *"ok installed"*) ;;
            *) echo "$package" ;;
        esac
    done
}

# Print how to become root: nothing as root, sudo where it asks for no password.
# Return 1 where there is no way.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        return 0
    elif sudo -n true 2>/dev/null; then
        echo "sudo -n"
    else
        return 1
    fi
}

# Name the Debian packages "$@" and install those that are missing, where that is
# allowed: $NO_SYSTEM is empty, this is Debian, and we are root or may be.
# Never fails: says in one line what does not work without them.
debian_packages() {
    local missing root why="" package left
    say "Debian packages: $*"
    command -v dpkg-query >/dev/null || { say "not a Debian system: they are left to you"; return 0; }
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || { say "all of them are installed"; return 0; }
    if [ -n "$NO_SYSTEM" ]; then
        why="--no-system"
    elif ! root=$(as_root); then
        why="neither root nor sudo without a password"
    else
        say "installing: ${missing[*]}"
        # shellcheck disable=SC2086  # $root is a command with its option, or nothing
        install_packages "$root" "${missing[@]}" || why="apt-get failed"
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -eq 0 ] && return 0
    left=""
    for package in "${missing[@]}"; do
        left="$left${left:+; }$package: $(without "$package")"
    done
    say "not installed (${why:-apt-get did not}): $left"
}

# install_packages ROOT PACKAGE...: all at once, else one by one.
install_packages() {
    local root=$1 package failed=0
    shift
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
    # shellcheck disable=SC2086
    $root "${apt[@]}" update >/dev/null || true
    # shellcheck disable=SC2086
    $root "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >/dev/null && return 0
    for package; do
        # shellcheck disable=SC2086
        $root "${apt[@]}" install -y --no-install-recommends "$package" </dev/null >/dev/null ||
            failed=1
    done
    return $failed
}

# Print "ADDRESS RELEASE" of Debian as apt knows it here.
debian_mirror() {
    local release
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    # shellcheck disable=SC2016  # apt fills these in
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        awk -v release="$release" '$2 == release && $3 == "main" { print $1, $2; exit }'
}

# usable_python PYTHON: print its version as 3.11 when it is new enough and whole.
usable_python() {
    "$1" - <<'PYTHON' 2>/dev/null
import sys
assert sys.version_info >= (3, 11)
import ensurepip, sqlite3, ssl, venv
print("%d.%d" % sys.version_info[:2])
PYTHON
}

# Print "VERSION PATH" of every usable Python, oldest first, one per version.
all_pythons() {
    local candidate version
    {
        compgen -c python3 | grep -xE 'python3(\.[0-9]+)?' | sort -u || true
        compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/*/bin/python3" || true
    } | while IFS= read -r candidate; do
        version=$(usable_python "$candidate") && printf '%s %s\n' "$version" "$candidate"
    done | sort -s -t. -k2,2n -u
}

# Make sure of a usable Python, also where Debian's python3 is older than ours must be.
debian_python() {
    [ -n "$(oldest_python)" ] || debian_packages python3.11 python3.11-venv
}

oldest_python() { all_pythons | head -n 1 | cut -d' ' -f2-; }
newest_python() { all_pythons | tail -n 1 | cut -d' ' -f2-; }

# fingerprint FILE...: one digest over their names and bytes.
fingerprint() { sha256sum "$@" | sha256sum | cut -d' ' -f1; }

# environment PYTHON FOLDER STAMP PIP-ARGUMENTS...: make FOLDER a virtual environment
# with these installed, unless STAMP says that it is one already.
environment() {
    local python=$1 folder=$2 stamp=$3
    shift 3
    if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$stamp" ]; then
        return 0
    fi
    say "making $folder with $("$python" --version)"
    rm -rf "$folder"
    "$python" -m venv "$folder" || return 1
    local from=()
    [ -z "${WHEELS:-}" ] || from=(--no-index --find-links "$WHEELS")
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "${from[@]}" "$@" ||
        return 1
    printf '%s\n' "$stamp" >"$folder/.stamp"
}
