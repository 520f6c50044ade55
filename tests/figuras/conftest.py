"""Una página mínima donde probar las figuras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from gradiente import figuras

# El modelo mínimo que pide un módulo de figura: get, set, save_changes, on, off.
MONTAR = """
window.modelos = [];
function modelo(estado) {
  const oyentes = {};
  return {
    guardados: 0,
    get: (k) => estado[k],
    set(k, v) { estado[k] = v; (oyentes["change:" + k] ?? []).forEach((f) => f()); },
    save_changes() { this.guardados += 1; },
    on(e, f) { (oyentes[e] ??= []).push(f); },
    off(e, f) { oyentes[e] = (oyentes[e] ?? []).filter((g) => g !== f); },
  };
}
window.desmontar = [];
document.querySelectorAll(".gradiente-figura").forEach((figura, i) => {
  const m = modelo(JSON.parse(figura.querySelector("script").textContent));
  modelos.push(m);
  // Las impares, fuera aún de la página, como hace el montador del sitio.
  const el = document.createElement("div");
  if (i % 2 === 0) figura.append(el);
  desmontar.push(GradienteFiguras[figura.dataset.figura].render({ model: m, el }));
  figura.append(el);
});
"""


def documento(*partes: figuras.Figura, tema: str = "light") -> str:
    """Página completa con las figuras montadas dos veces si se dan dos veces."""
    modulos = sorted({p.modulo for p in partes})
    scripts = "".join(f"<script>{figuras.script_clasico(m)}</script>" for m in modulos)
    cuerpo = "\n".join(f"<p>Texto.</p>{p.html()}" for p in partes)
    return (
        f'<!doctype html><html lang="es" data-theme="{tema}"><head>'
        '<meta charset="utf-8"><title>Figuras</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>body{margin:0;font-family:sans-serif}"
        "main{max-width:720px;margin:0 auto;padding:16px}"
        "html[data-theme=dark] body{background:#14181d;color:#e8eaed}"
        f"{figuras.css()}</style></head><body><main><h1>Figuras</h1>"
        f"{cuerpo}<p>Final.</p></main>{scripts}<script>{MONTAR}</script></body></html>"
    )


@pytest.fixture
def abrir(navegador: Browser) -> Iterator[Callable[..., Page]]:
    """Abre las figuras en una página; al acabar exige que no haya ningún error."""
    contextos: list[Any] = []
    quejas: list[str] = []

    def _abrir(*partes: figuras.Figura, tema: str = "light", **opciones: Any) -> Page:
        opciones.setdefault("viewport", {"width": 1280, "height": 900})
        contexto = navegador.new_context(**opciones)
        contextos.append(contexto)
        pagina = contexto.new_page()
        pagina.on("pageerror", lambda e: quejas.append(str(e)))
        pagina.on(
            "console",
            lambda m: quejas.append(m.text) if m.type in ("error", "warning") else None,
        )
        pagina.on("request", lambda r: quejas.append(f"petición a {r.url}"))
        pagina.set_content(documento(*partes, tema=tema))
        return pagina

    yield _abrir
    for contexto in contextos:
        contexto.close()
    assert quejas == []


@pytest.fixture(scope="module")
def calculos(navegador: Browser) -> Iterator[Callable[[str], Callable[..., Any]]]:
    """``calculos("modulo")("funcion", *args)``: cuentas de una figura en Chromium."""
    pagina = navegador.new_page()
    pagina.set_content("<!doctype html><title>Cálculos</title>")

    def _de(nombre: str) -> Callable[..., Any]:
        pagina.add_script_tag(content=figuras.script_clasico(nombre))

        def _llamar(funcion: str, *args: Any) -> Any:
            args = [a.tolist() if isinstance(a, np.ndarray) else a for a in args]
            orden = "([m, f, a]) => GradienteFiguras[m].calculos[f](...a)"
            return pagina.evaluate(orden, [nombre, funcion, args])

        return _llamar

    yield _de
    pagina.close()


@pytest.fixture(scope="session")
def nubes() -> tuple[np.ndarray, np.ndarray]:
    """Dos nubes solapadas: X (120, 2), y (120,)."""
    azar = np.random.default_rng(0)
    X = np.r_[
        azar.normal([-1, -0.5], 1, (60, 2)),
        azar.normal([1, 0.8], 1, (60, 2)),
    ]
    return X, np.repeat([0, 1], 60)
