"""Reglas I: qué carpeta puede importar de cuál."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from herramientas.reglas import Nota, regla
from herramientas.reglas.contexto import Modulo, Pagina, modulos_importados
from herramientas.reglas.marcos import BIBLIOTECAS


def _importa(
    nodos: Iterator[ast.AST] | list[ast.AST], prohibidos: set[str], razon: str
) -> Iterator[Nota]:
    for nodo in nodos:
        for modulo in modulos_importados(nodo):
            if modulo.split(".")[0] in prohibidos:
                yield Nota(f"importa `{modulo}`: {razon}", getattr(nodo, "lineno", 1))


@regla(
    "I01",
    "cuaderno",
    "Cuaderno que importa las herramientas",
    "Quien abre el cuaderno en Colab solo tiene `gradiente` y las bibliotecas: "
    "`herramientas`, `tests` y `book` son de quien escribe.",
)
def cuaderno_importa(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        for nodo in celda.nodos:
            for modulo in modulos_importados(nodo):
                if modulo.split(".")[0] in {"herramientas", "tests", "book"}:
                    yield Nota(
                        f"importa `{modulo}`", celda.linea_de(nodo), celda.numero
                    )


@regla(
    "I02",
    "python",
    "`gradiente` importa un marco al importarse",
    "Un cuaderno que solo usa PyTorch no debe pagar TensorFlow: el import va dentro de "
    "la función que lo necesita.",
)
def paquete_importa_marcos(modulo: Modulo) -> Iterator[Nota]:
    if modulo.nombre.startswith("gradiente/"):
        yield from _importa(
            _al_importar(modulo.arbol), set(BIBLIOTECAS), "muévelo a la función"
        )


def _al_importar(arbol: ast.AST) -> Iterator[ast.AST]:
    """Los nodos que se ejecutan al importar un módulo."""
    pendientes: list[ast.AST] = [arbol]
    while pendientes:
        nodo = pendientes.pop()
        yield nodo
        if isinstance(nodo, ast.If) and "TYPE_CHECKING" in ast.dump(nodo.test):
            pendientes += nodo.orelse
        elif not isinstance(nodo, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pendientes += list(ast.iter_child_nodes(nodo))


@regla(
    "I03",
    "python",
    "`gradiente` importa las herramientas",
    "El paquete se instala solo, sin el repositorio.",
)
def paquete_importa_herramientas(modulo: Modulo) -> Iterator[Nota]:
    if modulo.nombre.startswith("gradiente/"):
        yield from _importa(
            ast.walk(modulo.arbol),
            {"herramientas", "tests", "book"},
            "el paquete no puede depender del repositorio",
        )


@regla(
    "I04",
    "python",
    "`herramientas` importa un marco",
    "Las herramientas conocen las carpetas, no el aprendizaje profundo: así revisar "
    "cien cuadernos cuesta segundos.",
)
def herramientas_importa_marcos(modulo: Modulo) -> Iterator[Nota]:
    if modulo.nombre.startswith("herramientas/"):
        yield from _importa(
            ast.walk(modulo.arbol),
            set(BIBLIOTECAS),
            "las herramientas no los necesitan",
        )


@regla(
    "I05",
    "python",
    "La extensión del sitio importa contenidos",
    "`book/_ext` conoce etiquetas, no contenidos: ni marcos, ni herramientas, ni "
    "pruebas.",
)
def extension_importa(modulo: Modulo) -> Iterator[Nota]:
    if modulo.nombre.startswith("book/_ext/"):
        yield from _importa(
            ast.walk(modulo.arbol),
            {*BIBLIOTECAS, "herramientas", "tests", "sklearn"},
            "la extensión solo conoce etiquetas",
        )


# Lo que delata un modelo o un bucle de entrenamiento. Es una heurística: reconoce las
# llamadas de cada marco, no un descenso de gradiente escrito con NumPy.
_ENTRENA = {
    *("backward", "zero_grad", "step", "apply_gradients", "apply_updates", "fit"),
    *("value_and_grad", "GradientTape", "train_on_batch", "compile_and_fit"),
}
_MODELOS = {"Module", "Layer", "Model", "Sequential"}


@regla(
    "I06",
    "python",
    "`gradiente` contiene lo que el libro enseña",
    "Un modelo, una pérdida o un bucle de entrenamiento están en la página, a la "
    "vista; el paquete solo trae datos, figuras y estilo.",
)
def paquete_ensena(modulo: Modulo) -> Iterator[Nota]:
    if not modulo.nombre.startswith("gradiente/"):
        return
    for nodo in ast.walk(modulo.arbol):
        if isinstance(nodo, ast.ClassDef):
            bases = {getattr(b, "attr", getattr(b, "id", "")) for b in nodo.bases}
            if bases & _MODELOS:
                yield Nota(f"la clase `{nodo.name}` es un modelo", nodo.lineno)
        elif isinstance(nodo, ast.Call):
            nombre = getattr(nodo.func, "attr", getattr(nodo.func, "id", ""))
            if nombre in _ENTRENA:
                yield Nota(f"`{nombre}(…)` es parte de un entrenamiento", nodo.lineno)
