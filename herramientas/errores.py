"""Errores de las herramientas: dicen dónde, qué pasa y qué hacer."""

from __future__ import annotations


class ErrorHerramientas(Exception):
    """Error con un mensaje pensado para quien lo lee en la terminal."""


class ErrorEnSitio(ErrorHerramientas):
    """Error situado en un archivo y, si se sabe, en una línea y una celda.

    Parámetros
    ----------
    archivo : ruta relativa a la raíz, con barras normales.
    mensaje : qué pasa y qué hacer.
    linea : línea del archivo, contada desde 1.
    celda : posición de la celda en el cuaderno, contada desde 1.
    """

    def __init__(
        self,
        archivo: str,
        mensaje: str,
        linea: int | None = None,
        celda: int | None = None,
    ) -> None:
        super().__init__(archivo, mensaje, linea, celda)
        self.archivo = str(archivo)
        self.mensaje = mensaje
        self.linea = linea
        self.celda = celda

    def __str__(self) -> str:
        sitio = self.archivo
        if self.linea is not None:
            sitio += f":{self.linea}"
        if self.celda is not None:
            sitio += f" (celda {self.celda})"
        return f"{sitio}: {self.mensaje}"


class ErrorFuente(ErrorEnSitio):
    """La fuente (o el cuaderno generado) está mal escrita."""


class ErrorEjecucion(ErrorEnSitio):
    """Una celda falló, se pasó de tiempo o dejó una salida inadmisible."""
