#!/bin/sh
# Makes .venv with Python 3.12, Isaac Lab and this project. A second call does nothing.
#
#   scripts/setup.sh            what training needs
#   scripts/setup.sh dev        that, and what tests and linting need
#   scripts/setup.sh graspnet   what training needs, and graspnetAPI (docs/graspnet.md)
#   scripts/setup.sh epg        what training needs, and escnn (docs/epg.md)
#
# The variable PYTHON names an interpreter that is not on the search path.
set -eu
cd "$(dirname "$0")/.."
extra="${1:-}"
venv_python=.venv/bin/python
disk_gb=10

die() {
    printf '\nset-up stopped: %s\n' "$1" >&2
    exit 1
}

runs() { "$1" -c '' >/dev/null 2>&1; }

is_312() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' >/dev/null 2>&1; }

# Prints a Python 3.12, or nothing.
find_python() {
    for candidate in python3.12 python3 python "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.12*/bin/python; do
        if is_312 "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if command -v uv >/dev/null 2>&1; then
        uv python install 3.12 >&2 && uv python find 3.12
    fi
}

no_python='Python 3.12 is needed (Isaac Lab 3.0 runs on no other) and was not found.
Install it in one of these ways, then give the same command again:
  Ubuntu 24.04   sudo apt install python3.12 python3.12-venv
  pyenv          pyenv install 3.12
  uv             uv python install 3.12
  conda          conda create -n py312 python=3.12 && conda activate py312
An interpreter in another place: make PYTHON=<path of python3.12> train'

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_312 "$PYTHON" || die "PYTHON=$PYTHON is not a Python 3.12."
        echo "$PYTHON"
        return
    fi
    found=$(find_python) || true
    [ -n "$found" ] || die "$no_python"
    echo "$found"
}

make_venv() {
    if runs $venv_python; then
        is_312 $venv_python || die ".venv holds another Python than 3.12. Remove it (rm -r .venv) and call again."
    else
        python=$(choose_python)
        echo "Making .venv with $python"
        "$python" -m venv --clear .venv || die "$python makes no virtual environment.
Debian and Ubuntu: sudo apt install python3.12-venv, then call again."
    fi
    $venv_python -m pip --version >/dev/null 2>&1 || $venv_python -m ensurepip --upgrade >/dev/null ||
        die ".venv is damaged. Remove it (rm -r .venv) and call again."
}

check_disk() {
    [ -e .venv/lib/python3.12/site-packages/torch ] && return
    free_kb=$(df -Pk . | awk 'NR == 2 { print $4 }')
    [ "$free_kb" -ge $((disk_gb * 1024 * 1024)) ] ||
        die "$disk_gb GB of free disk are needed here, $((free_kb / 1024 / 1024)) GB are left."
    echo "First set-up: installs about 8 GB, which takes some minutes."
}

# graspnetAPI asks for NumPy 1.20 and other versions of that time, and runs without them: its needs are the extra
# graspnet of pyproject.toml. One of these, grasp_nms, is compiled.
install_graspnet() {
    $venv_python -m pip install --disable-pip-version-check --no-deps graspnetAPI==1.2.11 autolab_core==1.1.1 ||
        die "pip could not install graspnetAPI (its message is above). Call again to continue."
    $venv_python -c 'from pushgrasp.grasping.graspnet.package import graspnet_module; graspnet_module()' ||
        die "graspnetAPI does not load (message above)."
}

# sapien asks for opencv-python, which it needs for stereo cameras only and which shares files with the headless one.
install_sapien() {
    $venv_python -m pip install --disable-pip-version-check --no-deps \
        --constraint constraints.txt sapien transforms3d ||
        die "pip could not install sapien (its message is above). Call again to continue."
}

# escnn asks for packages that do not build and are for turns in space, which are not used here.
install_epg() {
    $venv_python -m pip install --disable-pip-version-check --no-deps \
        escnn==1.0.11 pymanopt==2.2.1 autograd==1.9.1 ||
        die "pip could not install escnn (its message is above). Call again to continue."
    $venv_python -c 'from pushgrasp.policies.maps.escnn_layers import escnn_module; escnn_module("nn")' ||
        die "escnn does not load (message above)."
}

install() {
    extras="sim${extra:+,$extra}"
    if [ "$extra" = dev ]; then extras="$extras,deploy,ray"; fi
    $venv_python -m pip install --disable-pip-version-check \
        --constraint constraints.txt --editable ".[$extras]" ||
        die "pip could not install (its message is above). Call again to continue."
    if [ "$extra" = graspnet ]; then install_graspnet; fi
    if [ "$extra" = dev ]; then install_sapien; fi
    if [ "$extra" = epg ]; then install_epg; fi
    $venv_python -c 'import isaaclab, rsl_rl, torch; import pg_tasks, pushgrasp, pushgrasp_assets' ||
        die "the installed packages do not load (message above). Remove .venv (rm -r .venv) and call again."
}

# The stamp is written last and holds what was installed where: a broken, outdated or moved .venv is redone.
state="$(cat pyproject.toml constraints.txt scripts/setup.sh | cksum) $(pwd -P)"
is_done() { [ -x $venv_python ] && [ "$(cat ".venv/.setup-${extra:-run}" 2>/dev/null)" = "$state" ]; }

is_done && exit 0
make_venv
check_disk
rm -f .venv/.setup-run ".venv/.setup-${extra:-run}"
install
for name in run "${extra:-run}"; do echo "$state" >".venv/.setup-$name"; done
echo "Set-up done."
