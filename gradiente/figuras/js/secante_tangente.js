/* La secante se acerca a la tangente, hasta que manda el redondeo. */

const EXTREMOS_H = [-16, 0]; // log10 de h
const EPSILON = 2 ** -52;

/** Cada función, sus tres primeras derivadas y lo que se dibuja. Donde no hay derivada, d da
    null si la función tiene un vértice e infinito si la tangente es vertical. */
const FUNCIONES = {
  seno: {
    texto: "sen x", f: Math.sin, d: Math.cos, d2: (x) => -Math.sin(x), d3: (x) => -Math.cos(x),
    x: [-3.5, 3.5], y: [-1.75, 1.75],
  },
  exponencial: {
    texto: "eˣ", f: Math.exp, d: Math.exp, d2: Math.exp, d3: Math.exp, x: [-3, 2], y: [-1.5, 8],
  },
  raiz: {
    texto: "√x", f: Math.sqrt, d: (x) => 0.5 / Math.sqrt(x), d2: (x) => -0.25 * x ** -1.5, d3: (x) => 0.375 * x ** -2.5,
    x: [0, 4], y: [-0.3, 2.5],
  },
  absoluto: {
    texto: "|x|", f: Math.abs, d: (x) => (x === 0 ? null : Math.sign(x)), d2: () => 0, d3: () => 0, x: [-3, 3], y: [-1, 3.2],
  },
  relu: {
    texto: "máx(0, x)", f: (x) => Math.max(0, x), d: (x) => (x === 0 ? null : Number(x > 0)), d2: () => 0, d3: () => 0,
    x: [-3, 3], y: [-1, 3.2],
  },
};

/** 10 elevado a k; con k entero, el mismo número que escribir 1e-8 en el código. */
function potenciaDeDiez(k) {
  return Number.isInteger(k) ? Number(`1e${k}`) : 10 ** k;
}

/** Las dos diferencias finitas y su error, en float64 y en el orden en que se escribirían
    en Python; null lo que no está definido. */
function diferencias(nombre, x, h) {
  const { f, d } = FUNCIONES[nombre];
  const finito = (v) => (Number.isFinite(v) ? v : null);
  const exacta = d(x) === null ? null : finito(d(x));
  const adelante = finito((f(x + h) - f(x)) / h);
  const centrada = finito((f(x + h) - f(x - h)) / (2 * h));
  const error = (v) => (v === null || exacta === null ? null : Math.abs(v - exacta));
  return { exacta, adelante, centrada, errorAdelante: error(adelante), errorCentrada: error(centrada) };
}

/** Error de las dos diferencias para h de 1e-16 a 1, diez por década. */
function curvaDeError(nombre, x) {
  return Array.from({ length: 161 }, (_, i) => {
    const k = EXTREMOS_H[0] + i / 10;
    return { k, ...diferencias(nombre, x, potenciaDeDiez(k)) };
  });
}

/** Qué error manda, o por qué no hay derivada, en una o dos frases. */
function comentarDiferencias(nombre, x, h) {
  const { texto, f, d, d2, d3 } = FUNCIONES[nombre];
  const conVertice = nombre === "absoluto" || nombre === "relu";
  if (conVertice && x === 0) {
    const [izquierda, media] = nombre === "relu" ? ["0", "0,5"] : ["−1", "0"];
    return `${texto} no tiene derivada en 0: a la derecha la pendiente es 1 y a la izquierda ${izquierda}. Hacia delante sale 1, la centrada da el promedio, ${media}, y ninguna avisa.`;
  }
  if (nombre === "raiz" && x === 0) return "En 0 la tangente de √x es vertical: no hay derivada, y el cociente hacia delante crece sin fin al reducir h.";
  if (nombre === "raiz" && x < h) return "x − h es negativo y ahí √x no existe: la diferencia centrada no se puede calcular.";
  if (x + h === x) return "h es tan pequeño que x + h se redondea a x: la diferencia es cero, y el cociente también.";
  if (conVertice && Math.abs(x) < h) {
    return `El vértice de ${texto} cae entre los puntos: ${x > 0 ? "la diferencia centrada mezcla" : "las diferencias mezclan"} las dos pendientes.`;
  }
  if (conVertice) return "Cerca de x la función es una recta: no hay error de truncamiento, solo de redondeo.";
  const redondeo = (EPSILON * (Math.abs(f(x)) + Math.abs(x * d(x)))) / h;
  const tercero = (Math.abs(d3(x)) * h * h) / 6;
  const cortas = [(Math.abs(d2(x)) * h) / 2 + tercero, tercero].map((t) => t < redondeo);
  if (cortas[0] && cortas[1]) return "Manda el redondeo en las dos: se restan números casi iguales, y el error crece al reducir h.";
  if (cortas[1]) return "Hacia delante todavía manda el truncamiento; en la centrada ya manda el redondeo.";
  return "Manda el truncamiento en las dos: al reducir h, la secante se acerca a la tangente.";
}

export const calculos = { potenciaDeDiez, diferencias, curvaDeError, comentarDiferencias };

function superindice(k) {
  return String(k).replace("-", "⁻").replace(/\d/g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]);
}

/** 4,3·10⁻⁸; los errores y los pasos se leen así. */
function cientifica(v) {
  if (v === null) return "—";
  if (v === 0) return "0";
  const [m, e] = v.toExponential(1).split("e");
  return m.replace(".", ",") + (Number(e) ? `·10${superindice(Number(e))}` : "");
}

function render({ model, el }) {
  const leerModelo = () => {
    const clave = model.get("funcion");
    return { nombre: clave, x: limitar(model.get("x"), ...FUNCIONES[clave].x), k: model.get("log10_h") };
  };
  let { nombre, x, k } = leerModelo();
  let [curva, curvaDe] = [[], ""];
  const dominio = { x: [0, 1], y: [0, 1] };

  /* --- nodos --- */
  const raiz = crear("div", { class: "gr-fig gr-secante" });
  const plano = marco({
    rotuloX: "x", rotuloY: "f(x)", dominio, alto: (ancho) => limitar(0.85 * ancho, 220, 300),
    descripcion: "La función, su tangente y las dos secantes",
  });
  const errores = marco({
    rotuloX: "h", rotuloY: "error absoluto", dominio: { x: [EXTREMOS_H[0] - 0.3, EXTREMOS_H[1] + 0.3], y: [-17.5, 1.5] },
    alto: (ancho) => limitar(0.85 * ancho, 220, 300), descripcion: "Error de las dos diferencias según h",
    formatoX: (v) => `10${superindice(v)}`, formatoY: (v) => `10${superindice(v)}`,
  });
  errores.m.izq = 62; // las marcas «10⁻¹⁵» son anchas
  const rotulos = { vacio: svg("text", { class: "gr-nota", "text-anchor": "middle" }) };
  errores.encima.append(rotulos.vacio);
  for (const [clave, ancla] of [["mejorAdelante", "end"], ["mejorCentrada", "start"]]) {
    rotulos[clave] = svg("text", { class: "gr-nota", "text-anchor": ancla });
    errores.encima.append(rotulos[clave]);
  }
  const guardar = () => enlace.guardar();
  const punto = tirador({
    padre: plano.nodo, rotulo: "Punto x",
    alMover: (px) => {
      x = Math.round(20 * limitar(plano.x(px), ...FUNCIONES[nombre].x)) / 20 || 0;
      pedir();
    },
    alSoltar: guardar,
  });
  const mandoFuncion = selector({
    rotulo: "Función", opciones: Object.entries(FUNCIONES).map(([clave, { texto }]) => [clave, texto]),
    alCambiar: (clave) => {
      nombre = clave;
      x = limitar(x, ...FUNCIONES[nombre].x);
      pedir();
      guardar();
    },
  });
  const textoH = (v) => (Number.isInteger(v) ? `10${superindice(v)}` : cientifica(potenciaDeDiez(v)));
  const mandoH = deslizador({
    rotulo: "Paso h", min: EXTREMOS_H[0], max: EXTREMOS_H[1], paso: 0.1, formato: textoH,
    voz: (v) => `10 elevado a ${num(v, Number.isInteger(v) ? 0 : 1)}`,
    alCambiar: (v) => { k = v; pedir(); }, alSoltar: guardar,
  });
  const cifra = {};
  const razon = {};
  const fila = (clave, rotulo) => {
    cifra[clave] = crear("dd", { class: "gr-cifra" });
    razon[clave] = crear("dd", { class: "gr-razon" });
    return crear("div", null, crear("dt", null, rotulo), cifra[clave], razon[clave]);
  };
  const nota = crear("p", { class: "gr-aviso" });
  const muestra = (clase) => svg("svg", { class: "gr-muestra gr-larga", viewBox: "0 0 28 14", "aria-hidden": "true" },
    svg("path", { d: "M1,7H27", class: clase }));
  raiz.append(
    crear("p", { class: "gr-leyenda" },
      crear("span", null, muestra("gr-l-tangente"), "tangente"),
      crear("span", null, muestra("gr-l-adelante"), "hacia delante, (f(x + h) − f(x)) / h"),
      crear("span", null, muestra("gr-l-centrada"), "centrada, (f(x + h) − f(x − h)) / 2h")),
    crear("p", { class: "gr-ayuda" }, "El punto x se arrastra por la curva, o se mueve con las flechas ← y →."),
    crear("div", { class: "gr-cuerpo" },
      crear("div", { class: "gr-plano" }, plano.nodo),
      crear("div", { class: "gr-dos" }, mandoFuncion.nodo, mandoH.nodo),
      crear("div", { class: "gr-errores" }, errores.nodo),
      crear("div", { class: "gr-controles" },
        crear("div", { class: "gr-medidas" }, crear("dl", null,
          fila("exacta", "Derivada f′(x)"), fila("adelante", "Hacia delante"), fila("centrada", "Centrada"))),
        nota)));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- dibujo --- */
  function linea(ctx, puntos, color, grosor, rayas = []) {
    ctx.setLineDash(rayas);
    ctx.strokeStyle = color;
    ctx.lineWidth = grosor;
    ctx.lineJoin = "round";
    ctx.beginPath();
    puntos.forEach((p, i) => { if (i) ctx.lineTo(...p); else ctx.moveTo(...p); });
    ctx.stroke();
    ctx.setLineDash([]);
  }
  function bola(ctx, [px, py], color, fondo, radio = 5) {
    ctx.beginPath();
    ctx.arc(px, py, radio, 0, 2 * Math.PI);
    ctx.fillStyle = color;
    ctx.fill();
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = fondo;
    ctx.stroke();
  }

  function dibujarPlano(paleta, r, h) {
    const { f, x: [x0, x1], y } = FUNCIONES[nombre];
    const margen = 0.04 * (x1 - x0);
    dominio.x = [x0 - margen, x1 + margen];
    dominio.y = y;
    const ctx = plano.preparar();
    const sitio = (a, b) => [plano.px(a), plano.py(b)];
    const [tinta, fondo, acento] = [rgba(paleta.tinta), rgba(paleta.fondo), rgba(paleta.acento, 0.5)];
    const [naranja, azul] = [rgba(paleta.clase1), rgba(paleta.clase0)];
    const muestras = Array.from({ length: 241 }, (_, i) => dominio.x[0] + (i / 240) * (dominio.x[1] - dominio.x[0]));
    muestras.push(0); // el vértice, o donde empieza √x, exacto
    const curva_ = muestras.filter((t) => f(t) >= -Infinity).sort((a, b) => a - b).map((t) => sitio(t, f(t)));
    const recta_ = (pendiente, por) => dominio.x.map((t) => sitio(t, por[1] + pendiente * (t - por[0])));
    const aqui = [x, f(x)];
    if (r.exacta !== null) linea(ctx, recta_(r.exacta, aqui), acento, 7);
    else if (nombre === "raiz") linea(ctx, y.map((t) => sitio(0, t)), acento, 7);
    linea(ctx, curva_, tinta, 2.5);
    if (r.adelante !== null) linea(ctx, recta_(r.adelante, aqui), naranja, 2);
    if (r.centrada !== null) linea(ctx, recta_(r.centrada, [x - h, f(x - h)]), azul, 2, [9, 6]);
    const puntos = [[x + h, naranja], [x - h, azul]];
    for (const [t, color] of puntos) {
      if (f(t) >= -Infinity && Math.abs(plano.px(t) - plano.px(x)) > 6) bola(ctx, sitio(t, f(t)), color, fondo);
    }
    ctx.restore();
    punto.situar(...sitio(...aqui), (100 * (x - x0)) / (x1 - x0), `x = ${num(x)}; f(x) = ${num(f(x))}`);
  }

  function dibujarErrores(paleta, r) {
    if (curvaDe !== `${nombre} ${x}`) [curva, curvaDe] = [curvaDeError(nombre, x), `${nombre} ${x}`];
    const ctx = errores.preparar();
    const suelo = -17; // aquí se dibuja el error nulo
    const altura = (e) => errores.py(e > 0 ? Math.max(Math.log10(e), suelo) : suelo);
    const vertical = (t, color, rayas) => linea(ctx, [[errores.px(t), errores.m.arr], [errores.px(t), errores.m.arr + errores.alto]], color, 1, rayas);
    const [optimoA, optimoC] = [2, 3].map((n) => Math.log10(EPSILON) / n);
    vertical(optimoA, rgba(paleta.gris), [3, 4]);
    vertical(optimoC, rgba(paleta.gris), [3, 4]);
    vertical(k, rgba(paleta.tinta), []);
    for (const [clave, color, rayas] of [["errorAdelante", paleta.clase1, []], ["errorCentrada", paleta.clase0, [9, 3]]]) {
      linea(ctx, curva.filter((q) => q[clave] !== null).map((q) => [errores.px(q.k), altura(q[clave])]), rgba(color), 1.75, rayas);
      if (r[clave] !== null) bola(ctx, [errores.px(k), altura(r[clave])], rgba(color), rgba(paleta.fondo), 5.5);
    }
    ctx.restore();
    const y = errores.m.arr + errores.alto - 8;
    poner(rotulos.mejorAdelante, { x: errores.px(optimoA) - 4, y }, []);
    poner(rotulos.mejorCentrada, { x: errores.px(optimoC) + 4, y }, []);
    poner(rotulos.vacio, { x: errores.m.izq + errores.ancho / 2, y: errores.m.arr + errores.alto / 2 }, []);
    escribir(rotulos.vacio, r.exacta === null ? "sin derivada no hay error" : "");
    escribir(rotulos.mejorAdelante, "√ε");
    escribir(rotulos.mejorCentrada, "∛ε");
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const paleta = colores(raiz);
    const h = potenciaDeDiez(k);
    const r = diferencias(nombre, x, h);
    mandoFuncion.fijar(nombre);
    mandoH.fijar(k);
    dibujarPlano(paleta, r, h);
    dibujarErrores(paleta, r);
    for (const clave of ["exacta", "adelante", "centrada"]) escribir(cifra[clave], num(r[clave], 12));
    const error = (e) => (r.exacta === null || e === null ? "" : `error ${cientifica(e)}`);
    escribir(razon.exacta, r.exacta === null ? "no existe" : `de ${FUNCIONES[nombre].texto} en x = ${num(x)}`);
    escribir(razon.adelante, error(r.errorAdelante));
    escribir(razon.centrada, r.centrada === null ? "no se puede calcular" : error(r.errorCentrada));
    const comentario = comentarDiferencias(nombre, x, h);
    escribir(nota, comentario);
    const con = (valor, e) => [num(valor, 6), error(e)].filter(Boolean).join(", ");
    const centrada = r.centrada === null ? "no se puede calcular" : con(r.centrada, r.errorCentrada);
    decir(`${FUNCIONES[nombre].texto} en x = ${num(x)}, con h = ${textoH(k)}. Derivada ${r.exacta === null ? "no definida" : num(r.exacta, 6)}. `
      + `Hacia delante ${con(r.adelante, r.errorAdelante)}; centrada ${centrada}. ${comentario}`);
  }

  const pedir = porCuadro(dibujar);
  const enlace = enlazar(model, { funcion: () => nombre, x: () => redondear(x), log10_h: () => redondear(k) },
    () => { ({ nombre, x, k } = leerModelo()); pedir(); });
  const dejarDeVigilar = vigilar([plano.nodo, errores.nodo], pedir);
  dibujar();
  return alDesmontar(pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
