/* Descenso del gradiente del coste logístico, con el sesgo fijo: el plano es (w1, w2). */

/** Pesos y coste en cada paso: [{ w, J }], el inicio incluido. */
function trayectoria(X, y, w0, b, tasa, pasos, l2 = 0) {
  const camino = [{ w: [...w0], J: coste(X, y, w0, b, l2) }];
  for (let t = 0; t < pasos; t++) {
    const { w } = pasoDescenso(X, y, camino[t].w, b, tasa, l2, false);
    camino.push({ w, J: coste(X, y, w, b, l2) });
  }
  return camino;
}

export const calculos = {
  sigmoide, coste, gradiente, pasoDescenso, trayectoria, ajustar, curvaDeNivel, redondear, num,
};

function render({ model, el }) {
  const [X, y, nombres, clases, l2, b, lado, tasas, tope] = [
    "x", "y", "nombres", "clases", "l2", "b", "limites", "tasas", "pasos"].map((k) => model.get(k));
  const dominio = dominioDe(X);
  const leerModelo = () => ({ tasa: model.get("tasa"), inicio: [...model.get("inicio")] });
  let { tasa, inicio } = leerModelo();
  let camino, subidas, anterior;
  const optimo = ajustar(X, y, l2, false, b);
  const minimo = optimo.converge ? coste(X, y, optimo.w, b, l2) : null;

  const N = 72; // celdas por lado de la malla del coste
  const malla = Array.from({ length: N + 1 }, (_, i) => Array.from({ length: N + 1 }, (__, j) =>
    coste(X, y, [lado * ((2 * j) / N - 1), lado * (1 - (2 * i) / N)], b, l2)));
  const [bajo, alto] = [Math.min(...malla.flat()), Math.max(...malla.flat())];
  const niveles = Array.from({ length: 13 }, (_, k) => bajo + (alto - bajo) * ((k + 0.7) / 13) ** 2);
  const tramos = niveles.map((c) => curvaDeNivel(malla, c));

  /* --- estado --- */
  const ultimo = () => camino[camino.length - 1];
  const norma = () => Math.hypot(...gradiente(X, y, ultimo().w, b, l2).w);
  const desbordado = () => !(Math.hypot(...ultimo().w) < 1e6 * lado);
  const acabado = () => camino.length > tope || desbordado() || norma() < 1e-4;

  function reiniciar() {
    pelicula.parar();
    if (camino?.length > 1) anterior = { costes: camino.map((q) => q.J), tasa: tasaDelCamino };
    camino = [{ w: [...inicio], J: coste(X, y, inicio, b, l2) }];
    tasaDelCamino = tasa;
    subidas = 0;
    pedir();
  }
  let tasaDelCamino = tasa;

  function avanzar(cuantos = 1) {
    for (let k = 0; k < cuantos && !acabado(); k++) {
      const antes = ultimo();
      const { w } = pasoDescenso(X, y, antes.w, b, tasa, l2, false);
      camino.push({ w, J: coste(X, y, w, b, l2) });
      if (ultimo().J > antes.J) subidas += 1;
    }
    pedir();
  }

  /* --- nodos --- */
  const raiz = crear("div", { class: "gr-fig gr-descenso" });
  const cuadrado = (ancho) => limitar(ancho, 220, 340);
  const plano = marco({
    rotuloX: "w₁", rotuloY: "w₂", dominio: { x: [-lado, lado], y: [-lado, lado] }, alto: cuadrado,
    descripcion: "Curvas de nivel del coste y trayectoria de los pesos",
  });
  const datos = marco({
    rotuloX: nombres[0], rotuloY: nombres[1], dominio, alto: cuadrado, descripcion: "Datos y frontera",
  });
  const ejesCoste = { x: [0, 20], y: [0, 1] };
  const curva = marco({
    rotuloX: "paso", rotuloY: "coste J", dominio: ejesCoste, alto: () => 170, descripcion: "Curva de coste",
  });
  const rotulos = {
    minimo: svg("text", { class: "gr-nota" }), fuera: svg("text", { class: "gr-nota gr-fuerte", "text-anchor": "middle" }),
  };
  plano.encima.append(...Object.values(rotulos));
  const rotulosCurva = { minimo: svg("text", { class: "gr-nota", "text-anchor": "end" }), previa: svg("text", { class: "gr-nota", "text-anchor": "end" }) };
  curva.encima.append(...Object.values(rotulosCurva));
  const partida = tirador({
    padre: plano.nodo, rotulo: "Punto de partida", clase: "gr-centro",
    alMover: (px, py) => {
      inicio = [plano.x(px), plano.y(py)].map((v) => redondear(limitar(v, -0.97 * lado, 0.97 * lado), 3));
      reiniciar();
    },
    alSoltar: () => enlace.guardar(),
  });

  const decimales = (v) => cifras(v, 2);
  const mandoTasa = deslizador({
    rotulo: "Tasa η", min: Math.log10(tasas[0]), max: Math.log10(tasas[1]), paso: "any",
    formato: (v) => decimales(redondear(10 ** v, 2)),
    alCambiar: (v) => { tasa = limitar(redondear(10 ** v, 2), ...tasas); reiniciar(); },
    alSoltar: () => enlace.guardar(),
  });
  mandoTasa.entrada.addEventListener("keydown", (e) => {
    const rumbo = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 5, PageDown: -5 }[e.key];
    if (!rumbo) return; // con step="any" el paso del teclado depende del navegador
    e.preventDefault();
    tasa = limitar(redondear(10 ** (Math.log10(tasa) + 0.05 * rumbo), 2), ...tasas);
    reiniciar();
    enlace.guardar();
  });
  const botones = {
    paso: boton("Paso", () => { pelicula.parar(); avanzar(); }),
    correr: boton("Reproducir", () => pelicula.reproducir()),
    reiniciar: boton("Reiniciar", reiniciar),
  };
  const cifra = {};
  const fila = medidor(cifra);
  const estado = crear("p", { class: "gr-aviso" });
  const mandos = crear("div", { class: "gr-controles" },
    mandoTasa.nodo,
    crear("div", { class: "gr-botones" }, ...Object.values(botones)),
    crear("div", { class: "gr-medidas" },
      crear("dl", null, fila("t", "Paso"), fila("w", "(w₁; w₂)"), fila("J", "Coste"), fila("g", "‖∇J‖"))),
    estado);
  raiz.append(
    leyenda(clases, y),
    crear("p", { class: "gr-ayuda" }, "El cuadrado es el punto de partida: se mueve con el ratón, el dedo o las flechas."),
    crear("div", { class: "gr-cuerpo" },
      crear("div", { class: "gr-plano" }, plano.nodo), mandos,
      crear("div", { class: "gr-datos" }, datos.nodo),
      crear("div", { class: "gr-curva" }, curva.nodo),
      crear("p", { class: "gr-ayuda" },
        `De trazos, el próximo paso, −η∇J, y la frontera de partida. El sesgo no se mueve: b\u00a0=\u00a0${cifras(b)}.`)));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- dibujo --- */
  function dibujarPlano(paleta) {
    const ctx = plano.preparar();
    pintarNiveles(ctx, plano, tramos, N, paleta.gris);
    const sitio = ([u, v]) => [plano.px(limitar(u, -1e4 * lado, 1e4 * lado)), plano.py(limitar(v, -1e4 * lado, 1e4 * lado))];
    escribir(rotulos.minimo, minimo !== null && optimo.w.every((v) => Math.abs(v) < 0.95 * lado) ? "mínimo" : "");
    ctx.strokeStyle = ctx.fillStyle = rgba(paleta.acento);
    ctx.lineWidth = 2;
    ctx.lineJoin = "round";
    ctx.beginPath();
    camino.forEach((q, i) => { if (i) ctx.lineTo(...sitio(q.w)); else ctx.moveTo(...sitio(q.w)); });
    ctx.stroke();
    for (const q of camino) {
      ctx.beginPath();
      ctx.arc(...sitio(q.w), 2.6, 0, 2 * Math.PI);
      ctx.fill();
    }
    if (minimo !== null) {
      const [a, o] = sitio(optimo.w);
      pintarCruz(ctx, [a, o], paleta);
      poner(rotulos.minimo, { x: a, y: o + 22, "text-anchor": "middle" }, []);
    }
    const aqui = ultimo().w;
    if (Number.isFinite(ultimo().J)) {
      const sigue = pasoDescenso(X, y, aqui, b, tasa, l2, false).w;
      ctx.setLineDash([5, 4]);
      ctx.strokeStyle = rgba(paleta.tinta);
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(...sitio(aqui));
      ctx.lineTo(...sitio(sigue));
      ctx.stroke();
      ctx.setLineDash([]);
    }
    ctx.beginPath();
    ctx.arc(...sitio(aqui), 6, 0, 2 * Math.PI);
    ctx.fill();
    ctx.lineWidth = 2;
    ctx.strokeStyle = rgba(paleta.fondo);
    ctx.stroke();
    ctx.restore();
    const sale = !aqui.every((v) => Math.abs(v) <= lado);
    poner(rotulos.fuera, { x: plano.m.izq + plano.ancho / 2, y: plano.m.arr + 20 }, []);
    escribir(rotulos.fuera, sale ? "w ha salido del plano" : "");
    partida.situar(...sitio(inicio), (100 * (inicio[0] + lado)) / (2 * lado), `w₁ = ${cifras(inicio[0])}; w₂ = ${cifras(inicio[1])}`);
  }

  function dibujarDatos(paleta) {
    const ctx = datos.preparar();
    const { w } = ultimo();
    if (w.every(Number.isFinite)) {
      pintarProbabilidad(ctx, datos, dominio, w, b, paleta);
      pintarPuntos(ctx, datos, X, y, null, paleta);
      for (const [pesos, trazo] of [[inicio, [4, 5]], [w, []]]) {
        const corte = recta(pesos, b, dominio);
        if (!corte) continue;
        ctx.setLineDash(trazo);
        ctx.lineWidth = trazo.length ? 1.5 : 2.5;
        ctx.strokeStyle = rgba(trazo.length ? paleta.gris : paleta.tinta);
        ctx.beginPath();
        ctx.moveTo(datos.px(corte[0][0]), datos.py(corte[0][1]));
        ctx.lineTo(datos.px(corte[1][0]), datos.py(corte[1][1]));
        ctx.stroke();
      }
    }
    ctx.restore();
  }

  function dibujarCurva(paleta) {
    const previos = anterior?.costes ?? [];
    const todos = [...camino.map((q) => q.J), ...previos].filter(Number.isFinite);
    const largo = Math.max(camino.length, previos.length) - 1;
    ejesCoste.x[1] = [20, 50, 100, 200, 500, 1000].find((n) => n >= largo);
    ejesCoste.y[1] = 1.08 * Math.min(Math.max(...todos), 1e12);
    const ctx = curva.preparar();
    const linea = (valores) => {
      ctx.beginPath();
      valores.filter(Number.isFinite).forEach((J, t) => {
        const d = [curva.px(t), curva.py(Math.min(J, 1e13))];
        if (t) ctx.lineTo(...d); else ctx.moveTo(...d);
      });
      ctx.stroke();
    };
    if (minimo !== null) {
      ctx.setLineDash([4, 4]);
      ctx.strokeStyle = rgba(paleta.gris);
      ctx.beginPath();
      ctx.moveTo(curva.px(0), curva.py(minimo));
      ctx.lineTo(curva.px(ejesCoste.x[1]), curva.py(minimo));
      ctx.stroke();
      ctx.setLineDash([]);
    }
    ctx.lineJoin = "round";
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = rgba(paleta.gris, 0.8);
    linea(previos);
    ctx.lineWidth = 2.2;
    ctx.strokeStyle = ctx.fillStyle = rgba(paleta.acento);
    linea(camino.map((q) => q.J));
    if (Number.isFinite(ultimo().J)) {
      ctx.beginPath();
      ctx.arc(curva.px(camino.length - 1), curva.py(ultimo().J), 4.5, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.restore();
    const borde = curva.m.izq + curva.ancho - 6;
    if (minimo !== null) poner(rotulosCurva.minimo, { x: borde, y: curva.py(minimo) - 5 }, []);
    escribir(rotulosCurva.minimo, minimo === null ? "" : `mínimo ${num(minimo, 3)}`);
    poner(rotulosCurva.previa, { x: borde, y: curva.m.arr + 16 }, []);
    escribir(rotulosCurva.previa, anterior ? `en gris, la anterior: η = ${decimales(anterior.tasa)}` : "");
  }

  function situacion() {
    const t = camino.length - 1;
    if (desbordado()) return "Diverge: los pesos crecen sin freno.";
    if (subidas) return `El coste ha subido en ${subidas} de ${t} pasos: la tasa es excesiva.`;
    if (norma() < 1e-4) return `Converge en ${t} pasos.`;
    if (t >= tope) return `Tope de ${tope} pasos sin converger.`;
    if (minimo === null) return "El coste no alcanza su mínimo: baja sin fin al crecer los pesos.";
    return "";
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const paleta = colores(raiz);
    dibujarPlano(paleta);
    dibujarDatos(paleta);
    dibujarCurva(paleta);
    mandoTasa.fijar(Math.log10(tasa));
    const { w, J } = ultimo();
    escribir(cifra.t, String(camino.length - 1));
    const par = `(${w.map((v) => num(v, Math.abs(v) < 10 ? 2 : Math.abs(v) < 1000 ? 1 : 0)).join("; ")})`;
    escribir(cifra.w, par);
    escribir(cifra.J, num(J, 4));
    escribir(cifra.g, num(norma(), 4));
    escribir(estado, situacion());
    const fin = acabado();
    botones.paso.setAttribute("aria-disabled", String(fin));
    botones.correr.setAttribute("aria-disabled", String(fin));
    escribir(botones.correr, pelicula.rotulo());
    decir(`Paso ${camino.length - 1}: coste ${num(J, 4)}, w = ${par}. ${situacion()}`);
  }

  const pedir = porCuadro(dibujar);
  const pelicula = animador({ cada: 90, deGolpe: 10, acabado, avanzar, pedir });
  const enlace = enlazar(model, {
    tasa: () => redondear(tasa), inicio: () => inicio.map((v) => redondear(v)),
  }, () => { ({ tasa, inicio } = leerModelo()); reiniciar(); });
  reiniciar();
  const dejarDeVigilar = vigilar([plano.nodo, datos.nodo, curva.nodo], pedir);
  dibujar();
  return alDesmontar(pelicula.soltar, pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
