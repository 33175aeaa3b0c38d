# shellcheck shell=bash
# To be sourced after packages.sh: installs the tools that check the sources.

target_dir=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools_dir=$target_dir/tools
PATH=$PATH:$tools_dir/bin

have_venv() {
    have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null
}

# Python's package of typos is the program itself, and here in seconds; to build
# it takes minutes. The version is fixed: each one knows more words.
install_typos() {
    have typos && return
    local version=1.52.0
    have_venv || { have apt-get && apt_install python3-venv; } || true
    if have_venv && python3 -m venv "$tools_dir" &&
        "$tools_dir/bin/pip" install --quiet --only-binary :all: "typos==$version"; then
        return
    fi
    cargo install --locked "typos-cli@$version"
}

# install_cargo NAME...: subcommands of Cargo, built from source.
install_cargo() {
    local name
    for name in "$@"; do
        have "cargo-$name" || cargo install --locked "cargo-$name"
    done
}
