/* Carrera de optimizadores: seis métodos desde el mismo punto, con las ecuaciones de PyTorch. */

/** f(x, y) y su gradiente g(x, y). */
const PAISAJES = {
  valle: {
    f: (x, y) => 0.5 * (x * x + 20 * y * y),
    g: (x, y) => [x, 20 * y],
  },
  silla: {
    f: (x, y) => x * x - y * y + 0.25 * y ** 4,
    g: (x, y) => [2 * x, y ** 3 - 2 * y],
  },
  rosenbrock: {
    f: (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    g: (x, y) => [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
  },
  beale: {
    f: (x, y) => (1.5 - x + x * y) ** 2 + (2.25 - x + x * y ** 2) ** 2 + (2.625 - x + x * y ** 3) ** 2,
    g: (x, y) => {
      const [a, b, c] = [1.5 - x + x * y, 2.25 - x + x * y ** 2, 2.625 - x + x * y ** 3];
      return [
        2 * (a * (y - 1) + b * (y ** 2 - 1) + c * (y ** 3 - 1)),
        2 * x * (a + 2 * b * y + 3 * c * y ** 2),
      ];
    },
  },
  ondas: {
    f: (x, y) => Math.sin(x) * Math.cos(y) + Math.sin(x / 2) * Math.cos(y / 2),
    g: (x, y) => [
      Math.cos(x) * Math.cos(y) + 0.5 * Math.cos(x / 2) * Math.cos(y / 2),
      -Math.sin(x) * Math.sin(y) - 0.5 * Math.sin(x / 2) * Math.sin(y / 2),
    ],
  },
};

const valorPaisaje = (paisaje, [x, y]) => PAISAJES[paisaje].f(x, y);
const gradientePaisaje = (paisaje, [x, y]) => PAISAJES[paisaje].g(x, y);

const LEJOS = 1e6; // a esta distancia del origen, el método ha divergido

/** Salto de cada coordenada (θ ← θ − η·salto) en el paso t = 1, 2…; memoria: { m, v }. */
function salto(metodo, memoria, g, t) {
  return g.map((gj, j) => {
    const { m, v } = memoria;
    switch (metodo) {
      case "sgd":
        return gj;
      case "momentum":
      case "nesterov":
        m[j] = 0.9 * m[j] + gj;
        return metodo === "momentum" ? m[j] : gj + 0.9 * m[j];
      case "adagrad":
        v[j] += gj * gj;
        return gj / (Math.sqrt(v[j]) + 1e-10);
      case "rmsprop":
        v[j] = 0.99 * v[j] + (1 - 0.99) * gj * gj;
        return gj / (Math.sqrt(v[j]) + 1e-8);
      case "adam":
        m[j] = 0.9 * m[j] + (1 - 0.9) * gj;
        v[j] = 0.999 * v[j] + (1 - 0.999) * gj * gj;
        return m[j] / (1 - 0.9 ** t) / (Math.sqrt(v[j]) / Math.sqrt(1 - 0.999 ** t) + 1e-8);
      default:
        throw Error(`No hay ningún método «${metodo}».`);
    }
  });
}

/** Camino de un método, el inicio incluido: [[x, y], …]. Si diverge, acaba en el primer
    punto que está a LEJOS o más del origen, o que no es finito. */
function caminoOptimizador(paisaje, metodo, inicio, tasa, pasos) {
  const memoria = { m: [0, 0], v: [0, 0] };
  const camino = [[...inicio]];
  for (let t = 1; t <= pasos; t++) {
    const p = camino[t - 1];
    const s = salto(metodo, memoria, gradientePaisaje(paisaje, p), t);
    camino.push(p.map((pj, j) => pj - tasa * s[j]));
    if (!(Math.hypot(...camino[t]) < LEJOS)) break;
  }
  return camino;
}

export const calculos = { caminoOptimizador, valorPaisaje, gradientePaisaje, curvaDeNivel };

const METODOS = {
  sgd: "SGD", momentum: "Momentum", nesterov: "Nesterov", adagrad: "Adagrad", rmsprop: "RMSprop", adam: "Adam",
};
/** La forma de cada método, en torno a (0, 0) y de radio 6: también se distinguen sin color. */
const FORMAS = {
  sgd: "M-5.5,0a5.5,5.5 0 1,0 11,0a5.5,5.5 0 1,0 -11,0Z",
  momentum: "M-5,-5H5V5H-5Z",
  nesterov: "M0,-6.5L6.5,0L0,6.5L-6.5,0Z",
  adagrad: "M0,-6.5L6.2,4.5H-6.2Z",
  rmsprop: "M0,6.5L6.2,-4.5H-6.2Z",
  adam: "M-2.2,-6.5H2.2V-2.2H6.5V2.2H2.2V6.5H-2.2V2.2H-6.5V-2.2H-2.2Z",
};

function render({ model, el }) {
  const [paisajes, recuadros, deFabrica, minimos, pasos] = [
    "paisajes", "recuadros", "de_fabrica", "minimos", "pasos"].map((k) => model.get(k));
  const claves = Object.keys(METODOS);
  const leerModelo = () => ({
    paisaje: model.get("paisaje"), inicio: [...model.get("inicio")],
    tasas: [...model.get("tasas")], metodos: [...model.get("metodos")],
  });
  let { paisaje, inicio, tasas, metodos } = leerModelo();
  const filaDe = (tabla) => tabla.find((f) => f[0] === paisaje);

  /* --- estado --- */
  let caminos; // por método: { puntos, valores, diverge }
  let paso = 0;
  const N = 120; // celdas por lado de la malla
  let tramos, suelo;
  const dominio = { x: [0, 1], y: [0, 1] };
  const ejesCurva = { x: [0, pasos], y: [0, 1] };
  const logaritmica = () => filaDe(recuadros)[5];

  function prepararPaisaje() {
    const [, x0, x1, y0, y1] = filaDe(recuadros);
    [dominio.x, dominio.y] = [[x0, x1], [y0, y1]];
    const malla = Array.from({ length: N + 1 }, (_, i) => Array.from({ length: N + 1 }, (__, j) =>
      valorPaisaje(paisaje, [x0 + ((x1 - x0) * j) / N, y1 - ((y1 - y0) * i) / N])));
    const orden = malla.flat().sort((a, b) => a - b);
    suelo = orden[0];
    // Niveles a cuantiles: reparten las curvas por todo el dibujo, llano o abrupto.
    const reparto = Array.from({ length: 14 }, (_, k) => ((k + 1) / 14.5) ** (logaritmica() ? 1.6 : 1));
    tramos = reparto.map((q) => curvaDeNivel(malla, orden[Math.floor(q * (orden.length - 1))]));
  }

  function calcular() {
    caminos = Object.fromEntries(metodos.map((m) => {
      const puntos = caminoOptimizador(paisaje, m, inicio, tasas[claves.indexOf(m)], pasos);
      const ultimo = puntos[puntos.length - 1];
      const diverge = Math.hypot(...ultimo) < LEJOS ? null : puntos.length - 1;
      return [m, { puntos, valores: puntos.map((p) => valorPaisaje(paisaje, p)), diverge }];
    }));
    const f0 = valorPaisaje(paisaje, inicio);
    const todos = Object.values(caminos).flatMap((c) => c.valores).filter(Number.isFinite);
    if (logaritmica()) {
      const bajo = Math.max(1e-8, Math.min(f0, ...todos));
      ejesCurva.y = [Math.floor(Math.log10(bajo)), Math.ceil(Math.log10(Math.max(2 * f0, 10 * bajo)))];
    } else {
      const bajo = Math.max(suelo, Math.min(f0, ...todos));
      ejesCurva.y = [bajo - 0.08 * (f0 - bajo) - 0.02, f0 + 0.2 * (f0 - bajo) + 0.02];
    }
  }

  const punto = (m) => caminos[m].puntos[Math.min(paso, caminos[m].puntos.length - 1)];
  const valor = (m) => caminos[m].valores[Math.min(paso, caminos[m].valores.length - 1)];
  const perdido = (m) => caminos[m].diverge !== null && paso >= caminos[m].diverge;
  const fuera = (m) => punto(m).some((v, j) => v < dominio["xy"[j]][0] || v > dominio["xy"[j]][1]);
  const acabado = () => paso >= pasos || !metodos.length;

  function avanzar(cuantos) {
    paso = metodos.length ? Math.min(pasos, paso + cuantos) : paso;
    pedir();
  }
  function reiniciar() {
    pelicula.parar();
    paso = 0;
    pedir();
  }
  const guardar = () => enlace.guardar();

  /* --- nodos --- */
  const raiz = crear("div", { class: "gr-fig gr-carrera" });
  const plano = marco({
    rotuloX: "x", rotuloY: "y", dominio, alto: (ancho) => limitar(ancho, 220, 340),
    descripcion: "Curvas de nivel y caminos de los métodos",
  });
  const decadas = (a, b, cuantas) => {
    const cada = Math.max(1, Math.ceil((b - a) / cuantas));
    const lista = [];
    for (let k = Math.ceil(a / cada) * cada; k <= b; k += cada) lista.push(k);
    return { lista, decimales: 0 };
  };
  const exponente = (k) => String(k).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
  const curva = marco({
    rotuloX: "paso", rotuloY: "f", dominio: ejesCurva, alto: () => 170, descripcion: "f frente al paso",
    marcasY: (...a) => (logaritmica() ? decadas : marcas)(...a),
    formatoY: (v, d) => (logaritmica() ? `10${exponente(v)}` : num(v, d)),
  });
  curva.m.izq = 54; // cabe «10⁻⁸»
  const cruces = svg("g", null);
  plano.encima.append(cruces);
  const salida = tirador({
    padre: plano.nodo, rotulo: "Punto de salida", clase: "gr-centro",
    alMover: (px, py) => {
      const dentro = (v, [a, b]) => redondear(limitar(v, a + 0.01 * (b - a), b - 0.01 * (b - a)), 3);
      // Los ejes atraen: soltar justo en la cresta de la silla no depende del pulso. La
      // coordenada que no se ha movido se queda como estaba, aunque esté cerca de un eje.
      const lugar = (v, p, antes, aPixel, ejes) => {
        if (Math.abs(p - aPixel(antes)) < 0.5) return antes;
        return dentro(Math.abs(p - aPixel(0)) < 2.5 ? 0 : v, ejes);
      };
      inicio = [
        lugar(plano.x(px), px, inicio[0], plano.px, dominio.x),
        lugar(plano.y(py), py, inicio[1], plano.py, dominio.y),
      ];
      calcular();
      pedir();
    },
    alSoltar: guardar,
  });

  const eleccion = selector({
    rotulo: "Paisaje", opciones: paisajes.map(([clave, nombre]) => [clave, nombre]),
    alCambiar: (v) => {
      paisaje = v;
      const [, x, y, ...propias] = filaDe(deFabrica);
      [inicio, tasas] = [[x, y], propias];
      prepararPaisaje();
      calcular();
      reiniciar();
      guardar();
    },
  });
  const formula = crear("p", { class: "gr-formula" });
  const botones = {
    correr: boton("Reproducir", () => pelicula.reproducir()),
    paso: boton("Paso", () => { pelicula.parar(); avanzar(1); }),
    reiniciar: boton("Reiniciar", reiniciar),
  };
  const marcador = crear("p", { class: "gr-fase" });
  const aviso = crear("p", { class: "gr-aviso" });
  const corredores = Object.fromEntries(claves.map((m, k) => {
    const interruptor = boton("", () => {
      metodos = claves.filter((c) => (c === m) !== metodos.includes(c));
      calcular();
      pedir();
      guardar();
    }, { "aria-pressed": "false" });
    interruptor.append(
      svg("svg", { class: "gr-muestra", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, svg("path", { d: FORMAS[m] })),
      METODOS[m]);
    const mando = deslizador({
      rotulo: "η", min: -4, max: 1, paso: 0.05, formato: (v) => cifras(redondear(10 ** v, 2), 2),
      alCambiar: (v) => { tasas[k] = redondear(10 ** v, 2); calcular(); pedir(); }, alSoltar: guardar,
    });
    mando.entrada.setAttribute("aria-label", `η, tasa de ${METODOS[m]}`);
    const llega = crear("span", { class: "gr-llega" });
    return [m, { interruptor, mando, llega, nodo: crear("div", { class: `gr-corredor gr-${m}` }, interruptor, mando.nodo, llega) }];
  }));
  raiz.append(
    crear("div", { class: "gr-cuerpo" },
      crear("div", { class: "gr-paisaje" }, eleccion.nodo, formula),
      crear("div", { class: "gr-plano" }, plano.nodo),
      crear("div", { class: "gr-botones" }, ...Object.values(botones)),
      crear("div", { class: "gr-controles" },
        marcador, aviso,
        ...Object.values(corredores).map((c) => c.nodo)),
      crear("div", { class: "gr-curva" }, curva.nodo),
      crear("p", { class: "gr-ayuda" },
        "El cuadrado es el punto de salida: se mueve con el ratón, el dedo o las flechas. En trazo tenue, lo que queda por correr.")));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- dibujo --- */
  const tono = (m) => getComputedStyle(corredores[m].nodo).getPropertyValue("--gr-metodo").trim();

  function trazar(ctx, sitios, hasta) {
    ctx.beginPath();
    sitios.slice(0, hasta + 1).forEach((s, i) => { if (i) ctx.lineTo(...s); else ctx.moveTo(...s); });
    ctx.stroke();
  }

  function pintarCaminos(ctx, colores_, sitioDe) {
    const fondo = rgba(colores(raiz).fondo);
    ctx.lineJoin = "round";
    for (const fase of ["tenue", "hecho", "marca"]) {
      for (const m of metodos) {
        const sitios = caminos[m].puntos.map((p, t) => sitioDe(m, p, t));
        const hasta = Math.min(paso, sitios.length - 1);
        ctx.strokeStyle = ctx.fillStyle = colores_[m];
        if (fase === "tenue") {
          ctx.globalAlpha = 0.3;
          ctx.lineWidth = 1.3;
          trazar(ctx, sitios, sitios.length - 1);
        } else if (fase === "hecho") {
          ctx.lineWidth = 2.2;
          trazar(ctx, sitios, hasta);
        } else if (!perdido(m)) {
          ctx.save();
          ctx.translate(...sitios[hasta]);
          const forma = new Path2D(FORMAS[m]);
          ctx.strokeStyle = fondo;
          ctx.lineWidth = 3;
          ctx.stroke(forma);
          ctx.fill(forma);
          ctx.restore();
        }
        ctx.globalAlpha = 1;
      }
    }
  }

  function dibujarPlano(paleta, colores_) {
    const ctx = plano.preparar();
    pintarNiveles(ctx, plano, tramos, N, paleta.gris, 0.035);
    const lejos = 1e4;
    pintarCaminos(ctx, colores_, (m, [x, y]) => [
      limitar(Number.isNaN(x) ? 0 : plano.px(x), -lejos, lejos), limitar(Number.isNaN(y) ? 0 : plano.py(y), -lejos, lejos)]);
    ctx.restore();
    cruces.replaceChildren();
    for (const [, x, y] of minimos.filter((f) => f[0] === paisaje)) {
      const [a, o] = [plano.px(x), plano.py(y)];
      cruces.append(
        svg("path", { d: `M${a - 6},${o}h12M${a},${o - 6}v12`, class: "gr-cruz gr-halo" }),
        svg("path", { d: `M${a - 6},${o}h12M${a},${o - 6}v12`, class: "gr-cruz" }));
      const abajo = o < plano.m.arr + plano.alto - 26;
      cruces.append(svg("text", {
        x: limitar(a, plano.m.izq + 26, plano.m.izq + plano.ancho - 26), y: abajo ? o + 21 : o - 12,
        "text-anchor": "middle", class: "gr-nota",
      }, "mínimo"));
    }
    salida.situar(plano.px(inicio[0]), plano.py(inicio[1]),
      (100 * (inicio[0] - dominio.x[0])) / (dominio.x[1] - dominio.x[0]), `x = ${cifras(inicio[0])}; y = ${cifras(inicio[1])}`);
  }

  function dibujarCurva(colores_) {
    const ctx = curva.preparar();
    const [abajo, arriba] = ejesCurva.y;
    const margen = 10 * (arriba - abajo);
    const altura = (f) => (logaritmica() ? Math.log10(Math.max(f, 10 ** abajo)) : f);
    pintarCaminos(ctx, colores_, (m, p, t) => {
      const f = caminos[m].valores[t];
      return [curva.px(t), curva.py(Number.isFinite(f) ? limitar(altura(f), abajo - margen, arriba + margen) : arriba + margen)];
    });
    ctx.restore();
  }

  /** Muy pequeños o muy grandes, con potencias de diez. */
  function escribirF(f) {
    const [m, e] = f.toExponential(1).split("e").map(Number);
    if (f === 0 || (e >= -4 && e < 5)) return cifras(f);
    return `${num(m, 1)}·10${exponente(e)}`;
  }

  function situacion() {
    if (!metodos.length) return "No corre ninguno: activa algún método.";
    const partes = [];
    for (const m of metodos.filter(perdido)) partes.push(`${METODOS[m]} diverge en el paso ${caminos[m].diverge}.`);
    const idos = metodos.filter((m) => !perdido(m) && fuera(m)).map((m) => METODOS[m]);
    if (idos.length) partes.push(`Fuera del dibujo: ${idos.join(", ")}.`);
    return partes.join(" ");
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const paleta = colores(raiz);
    const colores_ = Object.fromEntries(claves.map((m) => [m, tono(m)]));
    dibujarPlano(paleta, colores_);
    dibujarCurva(colores_);
    eleccion.fijar(paisaje);
    escribir(formula, filaDe(paisajes)[2]);
    claves.forEach((m, k) => {
      const { interruptor, mando, llega, nodo } = corredores[m];
      const corre = metodos.includes(m);
      interruptor.setAttribute("aria-pressed", String(corre));
      nodo.classList.toggle("gr-parado", !corre);
      mando.fijar(Math.log10(tasas[k]));
      escribir(llega, !corre ? "no corre" : perdido(m) ? `diverge (paso ${caminos[m].diverge})` : `f = ${escribirF(valor(m))}`);
    });
    escribir(marcador, `Paso ${paso} de ${pasos}`);
    escribir(aviso, situacion());
    for (const b of [botones.paso, botones.correr]) b.setAttribute("aria-disabled", String(acabado()));
    botones.reiniciar.setAttribute("aria-disabled", String(paso === 0));
    escribir(botones.correr, pelicula.rotulo());
    const orden = metodos.filter((m) => !perdido(m)).sort((a, b) => valor(a) - valor(b));
    decir(`Paso ${paso}. ${orden.map((m) => `${METODOS[m]}: f = ${escribirF(valor(m))}`).join("; ")}. ${situacion()}`);
  }

  const pedir = porCuadro(dibujar);
  const pelicula = animador({ cada: 50, deGolpe: 20, acabado, avanzar, pedir });
  const enlace = enlazar(model, {
    paisaje: () => paisaje, inicio: () => [...inicio], tasas: () => [...tasas], metodos: () => [...metodos],
  }, () => {
    ({ paisaje, inicio, tasas, metodos } = leerModelo());
    prepararPaisaje();
    calcular();
    pedir();
  });
  prepararPaisaje();
  calcular();
  const dejarDeVigilar = vigilar([plano.nodo, curva.nodo], pedir);
  dibujar();
  return alDesmontar(pelicula.soltar, pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
