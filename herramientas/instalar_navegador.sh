#!/usr/bin/env bash
# Deja un Chromium que las pruebas de navegador puedan abrir. Si ya hay uno, no hace nada.
# Orden: el de GRADIENTE_CHROMIUM, el del sistema, el paquete de Debian o Ubuntu.
set -euo pipefail

buscar() {
  for nombre in "${GRADIENTE_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$nombre" ] && command -v "$nombre" >/dev/null 2>&1; then
      command -v "$nombre"
      return 0
    fi
  done
  return 1
}

if ! buscar >/dev/null; then
  if command -v apt-get >/dev/null 2>&1; then
    como=()
    [ "$(id -u)" -eq 0 ] || como=(sudo)
    echo "Instalando Chromium para las pruebas de navegador…" >&2
    "${como[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${como[@]}" apt-get install -y -qq \
      --no-install-recommends chromium fonts-dejavu-core >/dev/null
  fi
fi

if ! buscar; then
  echo "No hay Chromium. Instálalo (Debian: sudo apt-get install chromium) o di dónde" >&2
  echo "está con GRADIENTE_CHROMIUM=/ruta/al/navegador, y repite la orden." >&2
  exit 1
fi
