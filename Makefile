# Órdenes de «Gradiente». `make` sin nada más las enumera.
# Cada orden crea su entorno si falta: no hay paso previo.

PYTHON ?= python3
PY := .venv/bin/python
PYCOLAB := .venv-colab/bin/python
EN := $(PY) -m herramientas entorno --
PYTEST := $(PY) -m pytest
# Procesos en paralelo; un cuaderno nunca usa más de un hilo por biblioteca.
J ?= $(shell nproc 2>/dev/null || echo 2)
# CUPO=40: con más fuentes, derivados, portabilidad y colab toman las cambiadas y un turno
# diario. Vacío, todas.
CUPO ?=

.DEFAULT_GOAL := ayuda
.PHONY: ayuda libro pruebas cuadernos sincronia revisar ortografia enlaces temario lint \
        formato unitarias nbval derivados sitio portabilidad datos colab entorno navegador \
        limpiar

ayuda: ## Enumera las órdenes
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

# ------------------------------------------------------------------ quien lee y prueba

libro: entorno ## Construye el libro en HTML y dice qué abrir
	@$(PY) -m herramientas libro

pruebas: entorno navegador ## Todas las pruebas, en verde o en rojo
	@$(MAKE) --no-print-directory lint sincronia revisar ortografia enlaces \
	  nbval unitarias derivados sitio
	@echo "Todas las pruebas han pasado."

# --------------------------------------------------------------------- quien escribe

cuadernos: entorno ## Genera los .ipynb que hayan cambiado (SOLO=book/…/x.md para uno)
	@$(PY) -m herramientas cuadernos -j $(J) $(if $(SOLO),--solo $(SOLO))

sincronia: entorno ## Cada archivo generado viene de su fuente (no ejecuta nada)
	@$(PY) -m herramientas sincronia

revisar: entorno ## Higiene de fuentes y salidas, con la razón de cada regla
	@$(PY) -m herramientas revisar

ortografia: entorno ## Prosa con el diccionario y la lista de palabras del proyecto
	@$(PY) -m herramientas ortografia

enlaces: entorno ## Enlaces internos y citas
	@$(PY) -m herramientas enlaces

temario: entorno ## Qué puntos del temario enseña cada sección y cuáles faltan
	@$(PY) -m herramientas temario

formato: entorno ## Ordena las importaciones y el estilo de todo el Python
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

# ------------------------------------------------------------- las partes de `pruebas`

lint: entorno ## Estilo del código
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

unitarias: entorno ## Pruebas de herramientas, paquete, figuras, páginas y labs
	@$(EN) $(PYTEST) -n $(J) --dist loadgroup tests --ignore=tests/sitio

nbval: entorno ## Cada salida guardada se repite al ejecutar (FRIO=1: importando cada vez)
	@$(PY) -m herramientas validar -j $(J) $(if $(FRIO),--en-frio)

derivados: entorno ## Los cuadernos de un solo marco corren (Keras, con sus tres motores)
	@$(PY) -m herramientas derivados -j $(J) $(if $(CUPO),--cupo $(CUPO))

sitio: entorno navegador ## El sitio construido, mirado en un navegador
	@$(EN) $(PYTEST) -n $(J) --dist loadgroup tests/sitio

# ----------------------------------------------------------------------- otros carriles

portabilidad: entorno ## nbval con otros juegos de instrucciones y con dos hilos
	@$(PY) -m herramientas validar -j $(J) --carriles $(if $(CUPO),--cupo $(CUPO))

datos: entorno ## Los conjuntos que se descargan, uno por uno (GRADIENTE_SEMANAL=1: todos)
	@$(EN) $(PYTEST) tests/gradiente/test_datos_reales.py

colab: entorno .venv-colab/.listo ## Todo con las versiones de Colab
	@$(PYCOLAB) -m herramientas derivados -j $(J) $(if $(CUPO),--cupo $(CUPO)) \
	  --motor completo pytorch keras-tensorflow jax

# ------------------------------------------------------------------------- los entornos

entorno: .venv/.listo

.venv/.listo: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v < (3, 14) or sys.exit( \
	  "Hace falta Python 3.11, 3.12 o 3.13; este es el %d.%d. Di cuál usar con make PYTHON=…" % v[:2])'
	@echo "Preparando .venv (la primera vez tarda unos minutos)…"
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv-colab/.listo: constraints/colab.txt
	@echo "Preparando .venv-colab con las versiones de Colab…"
	@test -x $(PYCOLAB) || $(PYTHON) -m venv .venv-colab
	@$(PYCOLAB) -m pip install -q --disable-pip-version-check -r constraints/colab.txt
	@touch $@

navegador:
	@bash herramientas/instalar_navegador.sh >/dev/null

limpiar: ## Borra lo construido (no los entornos)
	@rm -rf _build .pytest_cache .ruff_cache .hypothesis build
