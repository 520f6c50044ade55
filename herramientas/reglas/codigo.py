"""Reglas P: el código de las celdas (medida, llamadas obsoletas, azar, datos)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from herramientas.reglas import Nota, regla
from herramientas.reglas.contexto import (
    MAGIA,
    Celda,
    Pagina,
    nombre_completo,
)
from herramientas.reglas.salidas import RUTA_ABSOLUTA

COLUMNAS = 88
LINEAS, LINEAS_PLEGADA, LINEAS_LAB = 15, 45, 40

# Llamada (o módulo entero) -> qué usar hoy. Se compara por nombre completo o prefijo.
OBSOLETAS = {
    # JAX y alrededores
    "jax.random.PRNGKey": "jax.random.key",
    "jax.tree_map": "jax.tree.map",
    "jax.tree_leaves": "jax.tree.leaves",
    "jax.tree_multimap": "jax.tree.map",
    "jax.tree_util.tree_map": "jax.tree.map",
    "jax.tree_util.tree_leaves": "jax.tree.leaves",
    "jax.ops.index_update": "x.at[i].set(v)",
    "jax.ops.index_add": "x.at[i].add(v)",
    "jax.config.config": "jax.config.update",
    "jax.experimental.optimizers": "optax",
    "jax.experimental.stax": "flax.nnx",
    "jax.experimental.host_callback": "jax.pure_callback",
    "jax.experimental.maps": "jax.shard_map",
    "jax.xla_computation": "jax.jit(f).lower(…)",
    "jax.interpreters.xla": "jax.Array",
    "flax.optim": "optax",
    "flax.linen": "flax.nnx",
    # Keras y TensorFlow
    "tensorflow.keras": "keras (Keras 3)",
    "tensorflow.python": "la API pública de tensorflow",
    "tensorflow.compat.v1": "la API de TensorFlow 2",
    "tensorflow.contrib": "la API de TensorFlow 2",
    "tensorflow.Session": "la ejecución inmediata",
    "tensorflow.placeholder": "argumentos de la función",
    "keras.backend": "keras.ops (y keras.config.backend)",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.preprocessing": "capas de keras.layers o keras.utils",
    "keras.wrappers": "scikit-learn directamente",
    "keras.layers.experimental": "keras.layers",
    "keras.utils.np_utils": "keras.utils",
    # PyTorch
    "torch.autograd.Variable": "el propio tensor (requires_grad=True)",
    "torch.cuda.amp": "torch.amp",
    "torch.nn.functional.sigmoid": "torch.sigmoid",
    "torch.nn.functional.tanh": "torch.tanh",
    "torch.symeig": "torch.linalg.eigh",
    "torch.eig": "torch.linalg.eig",
    "torch.qr": "torch.linalg.qr",
    "torch.svd": "torch.linalg.svd",
    "torch.cholesky": "torch.linalg.cholesky",
    "torch.lstsq": "torch.linalg.lstsq",
    "torch.norm": "torch.linalg.vector_norm o matrix_norm",
    "torch.chain_matmul": "torch.linalg.multi_dot",
    "torch.range": "torch.arange",
    "torch.ger": "torch.outer",
    "torch.set_default_tensor_type": "torch.set_default_dtype",
    "torch.functional.norm": "torch.linalg.vector_norm",
    "torch.FloatTensor": "torch.tensor(…, dtype=torch.float32)",
    "torch.LongTensor": "torch.tensor(…, dtype=torch.int64)",
    "torch.jit": "torch.compile o torch.export",
    # NumPy y SciPy
    "numpy.float": "float o numpy.float64",
    "numpy.int": "int o numpy.int64",
    "numpy.object": "object",
    "numpy.complex": "complex",
    "numpy.str": "str",
    "numpy.float_": "numpy.float64",
    "numpy.Inf": "numpy.inf",
    "numpy.NaN": "numpy.nan",
    "numpy.infty": "numpy.inf",
    "numpy.product": "numpy.prod",
    "numpy.cumproduct": "numpy.cumprod",
    "numpy.alltrue": "numpy.all",
    "numpy.sometrue": "numpy.any",
    "numpy.in1d": "numpy.isin",
    "numpy.trapz": "numpy.trapezoid",
    "numpy.row_stack": "numpy.vstack",
    "numpy.asfarray": "numpy.asarray(…, dtype=float)",
    "numpy.matrix": "un ndarray de dos ejes",
    "numpy.mat": "un ndarray de dos ejes",
    "numpy.find_common_type": "numpy.result_type",
    "scipy.misc": "scipy.datasets o scikit-image",
    "scipy.integrate.trapz": "scipy.integrate.trapezoid",
    "scipy.integrate.simps": "scipy.integrate.simpson",
    "scipy.ndimage.filters": "scipy.ndimage",
    "scipy.signal.hann": "scipy.signal.windows.hann",
    # Lo demás
    "matplotlib.cm.get_cmap": "matplotlib.colormaps[…]",
    "matplotlib.pyplot.cm.get_cmap": "matplotlib.colormaps[…]",
    "matplotlib.cm.register_cmap": "matplotlib.colormaps.register",
    "pylab": "matplotlib.pyplot",
    "matplotlib.pylab": "matplotlib.pyplot",
    "IPython.core.display": "IPython.display",
    "sklearn.externals": "la biblioteca original",
    "sklearn.datasets.load_boston": "otro conjunto (se retiró)",
    "sklearn.metrics.plot_confusion_matrix": "ConfusionMatrixDisplay",
    "networkx.to_numpy_matrix": "networkx.to_numpy_array",
    "networkx.from_numpy_matrix": "networkx.from_numpy_array",
    "networkx.info": "print(grafo)",
    "skimage.measure.compare_ssim": "skimage.metrics.structural_similarity",
    "typing.List": "list",
    "typing.Dict": "dict",
    "typing.Tuple": "tuple",
    "typing.Optional": "X | None",
}
_NUMPY_EXPLICITO = {
    *("default_rng", "Generator", "SeedSequence", "BitGenerator"),
    *("PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"),
}
_TORCH_AZAR = {
    *("rand", "randn", "randint", "randperm", "normal", "multinomial", "bernoulli"),
}
_SEMILLAS_GLOBALES = {
    "torch.manual_seed": "torch.Generator().manual_seed(n)",
    "torch.random.manual_seed": "torch.Generator().manual_seed(n)",
    "torch.cuda.manual_seed": "torch.Generator().manual_seed(n)",
    "torch.cuda.manual_seed_all": "torch.Generator().manual_seed(n)",
    "tensorflow.random.set_seed": "keras.random.SeedGenerator(n)",
    "keras.utils.set_random_seed": "keras.random.SeedGenerator(n)",
}
_DESCARGAN = (
    "keras.datasets",
    "keras.applications",
    "keras.utils.get_file",
    "torchvision.datasets",
    "torch.hub",
    "tensorflow_datasets",
    "transformers",
    "huggingface_hub",
    "sklearn.datasets.fetch_",
    "statsmodels.datasets.get_rdataset",
    "statsmodels.api.datasets.get_rdataset",
    "urllib.request",
    "requests",
    *(
        f"skimage.data.{n}"
        for n in (
            "brain",
            "cells3d",
            "eagle",
            "human_mitosis",
            "kidney",
            "lily",
            "nickel_solidification",
            "protein_transport",
            "skin",
            "vortex",
            "download_all",
        )
    ),
)


def _usos(pagina: Pagina) -> Iterator[tuple[Celda, ast.AST, str]]:
    for celda in pagina.codigo:
        for nodo, nombre in pagina.usos(celda):
            yield celda, nodo, nombre


def _es(nombre: str, patron: str) -> bool:
    return nombre == patron or nombre.startswith(f"{patron}.")


def _en(celda: Celda, nodo: ast.AST, mensaje: str) -> Nota:
    return Nota(mensaje, celda.linea_de(nodo), celda.numero)


@regla(
    "P01",
    "cuaderno",
    f"Código de más de {COLUMNAS} columnas",
    "Una línea más larga obliga a desplazarse en la página, en Colab y en el móvil.",
)
def lineas_largas(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        for n, linea in enumerate(celda.codigo.split("\n")):
            if len(linea) > COLUMNAS:
                yield Nota(
                    f"línea de {len(linea)} columnas",
                    celda.linea_codigo + n,
                    celda.numero,
                )


@regla(
    "P02",
    "cuaderno",
    f"Celda de más de {LINEAS} líneas",
    f"Una idea por celda: hasta {LINEAS} líneas con código. El dibujo plegado "
    f"(«hide-input») admite {LINEAS_PLEGADA}, y un lab, que trae enunciado y solución, "
    f"{LINEAS_LAB}; lo que no quepa va a `gradiente` si no es materia del libro.",
)
def celdas_largas(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        lineas = sum(bool(x.strip()) for x in celda.codigo.split("\n"))
        lineas -= celda.es_programa  # la primera dice el archivo; no es código
        tope = LINEAS_LAB if pagina.es_lab else LINEAS
        tope = LINEAS_PLEGADA if celda.plegada else tope
        if lineas > tope:
            yield Nota(
                f"la celda tiene {lineas} líneas (tope: {tope})",
                celda.linea,
                celda.numero,
            )


@regla(
    "P03",
    "cuaderno",
    "`import *`",
    "Quien lee debe poder decir de dónde viene cada nombre.",
)
def import_asterisco(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        for nodo in celda.nodos:
            if isinstance(nodo, ast.ImportFrom) and nodo.names[0].name == "*":
                yield _en(celda, nodo, f"from {nodo.module} import *")


@regla(
    "P04",
    "cuaderno",
    "Llamada obsoleta",
    "El libro enseña lo que la documentación de hoy enseña; lo obsoleto avisa, y en la "
    "próxima versión falla.",
)
def obsoletas(pagina: Pagina) -> Iterator[Nota]:
    for celda, nodo, nombre in _usos(pagina):
        for vieja, nueva in OBSOLETAS.items():
            if _es(nombre, vieja):
                yield _en(celda, nodo, f"`{vieja}` está obsoleto: usa {nueva}")
                break


@regla(
    "P05",
    "cuaderno",
    "Azar sin semilla explícita",
    "Una semilla global depende de todo lo que se ejecutó antes: cada experimento "
    "lleva su generador (`np.random.default_rng(n)`, `torch.Generator`, "
    "`jax.random.key`, `keras.random.SeedGenerator`). Donde la biblioteca no admite "
    "un generador (el *dropout* de PyTorch), la semilla global lleva «motivo».",
)
def azar(pagina: Pagina) -> Iterator[Nota]:
    for celda, nodo, nombre in _usos(pagina):
        if not celda.motivo and (mensaje := _azar_global(nombre)):
            yield _en(celda, nodo, mensaje)
    for celda in pagina.codigo:
        if celda.motivo:
            continue
        alias = pagina.alias(celda)
        for nodo in celda.nodos:
            if isinstance(nodo, ast.Call):
                nombre = nombre_completo(nodo.func, alias) or ""
                if mensaje := _azar_sin_semilla(nombre, nodo):
                    yield _en(celda, nodo, mensaje)


def _azar_global(nombre: str) -> str | None:
    if nombre in _SEMILLAS_GLOBALES:
        return f"`{nombre}` es una semilla global: usa {_SEMILLAS_GLOBALES[nombre]}"
    partes = nombre.split(".")
    if partes[:2] == ["numpy", "random"] and len(partes) > 2:
        if partes[2] == "RandomState":
            return f"`{nombre}` es el generador antiguo: usa np.random.default_rng(n)"
        if partes[2] not in _NUMPY_EXPLICITO:
            return f"`{nombre}` usa el estado global: usa np.random.default_rng(n)"
    elif partes[0] == "random" and len(partes) > 1 and partes[1] != "Random":
        return f"`{nombre}` usa el estado global: usa np.random.default_rng(n)"
    return None


def _azar_sin_semilla(nombre: str, llamada: ast.Call) -> str | None:
    claves = {k.arg for k in llamada.keywords}
    if nombre in {"numpy.random.default_rng", "keras.random.SeedGenerator"}:
        if not llamada.args and not claves:
            return f"`{nombre}()` sin semilla da otro resultado cada vez"
    elif nombre.startswith("torch.") and nombre[6:] in _TORCH_AZAR:
        if "generator" not in claves:
            return f"`{nombre}` sin «generator=» usa el estado global"
    elif nombre.startswith("keras.random.") and "seed" not in claves:
        return f"`{nombre}` sin «seed=» usa el estado global"
    return None


@regla(
    "P06",
    "cuaderno",
    "Datos o pesos que se descargan",
    "El libro se construye y se prueba sin red: los datos vienen en las bibliotecas, "
    "son sintéticos o los da `gradiente.datos`, que los verifica.",
)
def descargas(pagina: Pagina) -> Iterator[Nota]:
    for celda, nodo, nombre in _usos(pagina):
        if not celda.motivo and nombre.startswith(_DESCARGAN):
            yield _en(celda, nodo, f"`{nombre}` descarga: usa `gradiente.datos`")


@regla(
    "P07",
    "cuaderno",
    "Ruta absoluta en el código",
    "Una ruta de quien escribe no existe en la máquina de quien lee.",
)
def rutas_en_codigo(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        for nodo in celda.nodos:
            cadena = nodo.value if isinstance(nodo, ast.Constant) else None
            if not isinstance(cadena, str):
                continue
            if hallada := RUTA_ABSOLUTA.search(cadena):
                yield _en(celda, nodo, f"ruta absoluta: {hallada[0][:60]!r}")


@regla(
    "P08",
    "cuaderno",
    "Código que no es Python",
    "El código de la página debe poder analizarse y correr fuera de Jupyter: sin "
    "magias (`%`, `!`) ni errores de sintaxis. Instalar es cosa de la celda de "
    "preparación. Solo se admite `%%writefile programa.py`, para lo que necesita "
    "varios procesos.",
)
def no_es_python(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        for magia in MAGIA.finditer(celda.codigo):
            if celda.es_programa and magia.start() == 0:
                continue
            n = celda.codigo[: magia.start()].count("\n")
            yield Nota(
                f"magia de IPython: {magia[0].strip()[:50]!r}",
                celda.linea_codigo + n,
                celda.numero,
            )
        if celda.arbol is None and "raises-exception" not in celda.etiquetas:
            yield Nota("no es Python válido", celda.linea_codigo, celda.numero)


@regla(
    "P09",
    "cuaderno",
    "Avisos silenciados",
    "Un aviso es un error que aún no ha ocurrido: se arregla. Si hay que callarlo, la "
    "celda dice por qué con «motivo».",
)
def avisos_silenciados(pagina: Pagina) -> Iterator[Nota]:
    calladores = {"warnings.filterwarnings", "warnings.simplefilter"}
    for celda in pagina.codigo:
        if celda.motivo:
            continue
        alias = pagina.alias(celda)
        for nodo in celda.nodos:
            if not isinstance(nodo, ast.Call):
                continue
            nombre = nombre_completo(nodo.func, alias) or ""
            ignora = any(
                isinstance(a, ast.Constant) and a.value in {"ignore", "once"}
                for a in [*nodo.args, *(k.value for k in nodo.keywords)]
            )
            if (nombre in calladores and ignora) or nombre.endswith(
                ("contextlib.redirect_stderr", "logging.disable")
            ):
                yield _en(celda, nodo, f"`{nombre}` calla los avisos")


@regla(
    "P10",
    "cuaderno",
    "Se carga un pickle",
    "Abrir un pickle ejecuta lo que traiga dentro: se guardan y cargan arreglos "
    "(`np.load`, `safetensors`, `torch.load(…, weights_only=True)`).",
)
def pickles(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        if celda.motivo:
            continue
        alias = pagina.alias(celda)
        for nodo in celda.nodos:
            if isinstance(nodo, ast.Call):
                nombre = nombre_completo(nodo.func, alias) or ""
                ciertas = {
                    k.arg
                    for k in nodo.keywords
                    if isinstance(k.value, ast.Constant) and k.value.value is True
                }
                if (
                    nombre in {"pickle.load", "pickle.loads", "joblib.load"}
                    or (nombre == "torch.load" and "weights_only" not in ciertas)
                    or (nombre == "numpy.load" and "allow_pickle" in ciertas)
                ):
                    yield _en(celda, nodo, f"`{nombre}` puede ejecutar código ajeno")
