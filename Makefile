# make run   tries the portal out, with the demo, at http://127.0.0.1:8000/ (make run PORT=8123 elsewhere)
# make test  checks and tests everything, on SQLite and on PostgreSQL
# make bench tells what the pages cost with 10 000 applications, in proportion to 100 (make bench SIZE=2000)
PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 2
SIZE ?= 10000
BIN := .venv/bin
PYTHON := $(BIN)/python
CATALOGUE := locale/sv/LC_MESSAGES/django
export PYTHONUNBUFFERED := 1

.PHONY: run setup test bench lint check-deploy requirements clean

run: export QM_DEBUG := 1
run: export QM_BASE_URL ?= http://$(HOST):$(PORT)
run: export QM_ALLOWED_HOSTS ?= 127.0.0.1,localhost,$(HOST)
run: export DJANGO_RUNSERVER_HIDE_WARNING := true
run:
	@.ci/setup run
	@[ $(CATALOGUE).mo -nt $(CATALOGUE).po ] || $(PYTHON) manage.py messages --compile
	@$(PYTHON) manage.py migrate --verbosity 0
	@$(PYTHON) manage.py demo
	@exec $(PYTHON) manage.py runserver --noreload $(HOST):$(PORT)

setup:
	@.ci/setup test
	@QM_DEBUG=1 $(PYTHON) manage.py messages --compile

test: setup lint check-deploy
	env -u DATABASE_URL $(BIN)/pytest -n $(WORKERS)
	$(PYTHON) -m tests.postgres $(BIN)/pytest -n $(WORKERS)

# On a PostgreSQL of its own, which it keeps under var/bench with what it has loaded: the second time is quick.
# Ends with an error where a page costs more than 1.5 times as much, or makes more statements.
bench: setup
	$(PYTHON) -m tests.bench --size $(SIZE)

lint: export DJANGO_SETTINGS_MODULE := tests.settings
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy applications members qm_portal
	$(BIN)/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py messages --check

# As in production: nothing but what README.md says must be set.
check-deploy: setup
	@data=$$(mktemp -d) && trap 'rm -r "$$data"' EXIT && \
	env -u DATABASE_URL -u QM_DEBUG QM_DATA_DIR="$$data" \
		QM_SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(60))')" \
		QM_BASE_URL=https://qm.example.se QM_ALLOWED_HOSTS=qm.example.se \
		QM_CONTACT_EMAIL=kansli@example.se QM_SMTP_HOST=smtp.example.se \
		$(PYTHON) manage.py check --deploy --fail-level WARNING

# After a change of the dependencies in pyproject.toml.
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make requirements'
requirements:
	@.ci/setup run
	$(PYTHON) -m pip install --quiet uv
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf .venv var .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f locale/*/LC_MESSAGES/*.mo
	find applications members qm_portal tests -name __pycache__ -type d -exec rm -rf {} +
