/* Grafo de cómputo: pasada directa y pasada inversa, nodo a nodo. */

/** valor(...argumentos); locales(resultado, ...argumentos), las derivadas respecto de cada
    argumento; simbolos(nombre, ...nombres), cómo se escriben; texto(...nombres). */
const OPERACIONES = {
  suma: {
    valor: (a, b) => a + b, locales: () => [1, 1],
    simbolos: () => ["1", "1"], texto: (a, b) => `${a} + ${b}`,
  },
  producto: {
    valor: (a, b) => a * b, locales: (v, a, b) => [b, a],
    simbolos: (n, a, b) => [b, a], texto: (a, b) => `${a}·${b}`,
  },
  cuadrado: {
    valor: (a) => a * a, locales: (v, a) => [2 * a],
    simbolos: (n, a) => [`2${a}`], texto: (a) => `${a}²`,
  },
  seno: {
    valor: Math.sin, locales: (v, a) => [Math.cos(a)],
    simbolos: (n, a) => [`cos ${a}`], texto: (a) => `sen ${a}`,
  },
  exponencial: {
    valor: Math.exp, locales: (v) => [v],
    simbolos: (n, a) => [`exp ${a}`], texto: (a) => `exp ${a}`,
  },
  sigmoide: {
    valor: sigmoide, locales: (v) => [v * (1 - v)],
    simbolos: (n) => [`${n}(1−${n})`], texto: (a) => `σ(${a})`,
  },
  menoslog: {
    valor: (a) => -Math.log(a), locales: (v, a) => [-1 / a],
    simbolos: (n, a) => [`−1/${a}`], texto: (a) => `−ln ${a}`,
  },
};

/** Nodos de una expresión, en orden topológico, a partir de las filas del estado. */
function nodosDe(filas, expresion) {
  return filas.filter((f) => f[0] === expresion)
    .map(([, nombre, operacion, argumentos, u, nivel]) => ({ nombre, operacion, argumentos, u, nivel }));
}

/** Valor de todos los nodos: { nombre: valor }. */
function evaluarGrafo(nodos, entradas) {
  const valor = {};
  for (const n of nodos) {
    valor[n.nombre] = n.argumentos.length
      ? OPERACIONES[n.operacion].valor(...n.argumentos.map((a) => valor[a])) : entradas[n.nombre];
  }
  return valor;
}

/** Los pasos del recorrido: [{ fase, nodo, valor, contribuciones: [{ hacia, simbolo, local,
    suma, total }] }]; fase es "directa", "semilla" o "inversa". */
function trazaGrafo(filas, expresion, entradas) {
  const nodos = nodosDe(filas, expresion);
  const internos = nodos.filter((n) => n.argumentos.length);
  const valor = evaluarGrafo(nodos, entradas);
  const salida = nodos[nodos.length - 1].nombre;
  const adjunto = Object.fromEntries(nodos.map((n) => [n.nombre, n.nombre === salida ? 1 : 0]));
  const paso = (fase, nodo, contribuciones = []) => ({ fase, nodo, valor: valor[nodo], contribuciones });
  const pasos = internos.map((n) => paso("directa", n.nombre));
  pasos.push(paso("semilla", salida));
  for (const n of [...internos].reverse()) {
    const op = OPERACIONES[n.operacion];
    const locales = op.locales(valor[n.nombre], ...n.argumentos.map((a) => valor[a]));
    const simbolos = op.simbolos(n.nombre, ...n.argumentos);
    pasos.push(paso("inversa", n.nombre, n.argumentos.map((hacia, k) => {
      const suma = adjunto[n.nombre] * locales[k];
      adjunto[hacia] += suma;
      return { hacia, simbolo: simbolos[k], local: locales[k], suma, total: adjunto[hacia] };
    })));
  }
  return pasos;
}

/** Derivada de la salida respecto de una entrada, por diferencias centradas. */
function diferenciaCentrada(filas, expresion, entradas, nombre, h = 1e-5) {
  const nodos = nodosDe(filas, expresion);
  const en = (v) => evaluarGrafo(nodos, { ...entradas, [nombre]: v })[nodos[nodos.length - 1].nombre];
  return (en(entradas[nombre] + h) - en(entradas[nombre] - h)) / (2 * h);
}

export const calculos = { trazaGrafo, diferenciaCentrada, cifras };

function render({ model, el }) {
  const [filas, expresiones, limite] = ["nodos", "expresiones", "limite"].map((k) => model.get(k));
  const leerModelo = () => ({ expresion: model.get("expresion"), paso: model.get("paso"), entradas: { ...model.get("entradas") } });
  let { expresion, paso, entradas } = leerModelo();
  const nombresEntradas = Object.keys(entradas);

  /* --- textos --- */
  const conSigno = (v) => (v < 0 ? `(${cifras(v)})` : cifras(v));
  const sinDobles = (texto) => texto.replace(/\(\((.*?)\)\)/, "($1)");
  const operacion = (n) => OPERACIONES[n.operacion].texto(...n.argumentos);
  /** Las líneas de un paso: [sin números, con números]. */
  function lineasDe(p, nodos, valor, previo) {
    const salida = nodos[nodos.length - 1].nombre;
    const n = nodos.find((q) => q.nombre === p.nodo);
    if (p.fase === "semilla") return [[`∂${salida}/∂${salida} = 1`, `∂${salida}/∂${salida} = 1, para empezar`]];
    if (p.fase === "directa") {
      const corta = `${n.nombre} = ${operacion(n)}`;
      const conNumeros = sinDobles(OPERACIONES[n.operacion].texto(...n.argumentos.map((a) => conSigno(valor[a]))));
      return [[corta, `${corta} = ${conNumeros} = ${cifras(valor[n.nombre])}`]];
    }
    return p.contribuciones.map((c) => {
      const simbolo = c.simbolo.startsWith("−") ? `(${c.simbolo})` : c.simbolo;
      const corta = `∂${salida}/∂${c.hacia} += ∂${salida}/∂${n.nombre} · ${simbolo}`;
      const cuenta = c.simbolo === "1" ? "" : ` = ${cifras(previo[n.nombre])}·${conSigno(c.local)}`;
      const acumula = c.total === c.suma ? "" : `; en total, ${cifras(c.total)}`;
      return [corta, `${corta}${cuenta} = ${cifras(c.suma)}${acumula}`];
    });
  }

  /* --- nodos de la página --- */
  const raiz = crear("div", { class: "gr-fig gr-grafo" });
  const dibujo = svg("svg", { "aria-hidden": "true" });
  const caja = crear("div", { class: "gr-marco gr-red", role: "group", "aria-label": "Grafo de cómputo" }, dibujo);
  const guardar = () => enlace.guardar();
  const eleccion = selector({
    rotulo: "Expresión", opciones: expresiones,
    alCambiar: (v) => { expresion = v; paso = 0; guardar(); pedir(); },
  });
  const mandos = Object.fromEntries(nombresEntradas.map((nombre) => [nombre, deslizador({
    rotulo: nombre, min: -limite, max: limite, paso: 0.05, formato: (v) => num(v, 2),
    alCambiar: (v) => { entradas[nombre] = redondear(v); pedir(); }, alSoltar: guardar,
  })]));
  const total = () => trazaGrafo(filas, expresion, entradas).length;
  const ir = (cuanto) => {
    const nuevo = limitar(paso + cuanto, 0, total());
    if (nuevo === paso) return;
    paso = nuevo;
    guardar();
    pedir();
  };
  const botones = {
    atras: boton("Atrás", () => ir(-1)),
    adelante: boton("Adelante", () => ir(1)),
    reiniciar: boton("Reiniciar", () => ir(-Infinity)),
  };
  const marcador = crear("p", { class: "gr-fase" });
  const lista = crear("ol", { class: "gr-traza" });
  const comprobacion = crear("p", { class: "gr-comprobacion" });
  raiz.append(
    crear("p", { class: "gr-leyenda" },
      crear("span", { class: "gr-t0" }, "valor, hacia delante"),
      crear("span", { class: "gr-t1" }, "derivada, hacia atrás")),
    crear("div", { class: "gr-cuerpo" },
      eleccion.nodo,
      crear("div", { class: "gr-plano" }, caja),
      crear("div", { class: "gr-controles" },
        crear("div", { class: "gr-mandos" }, ...Object.values(mandos).map((m) => m.nodo)),
        crear("div", { class: "gr-botones" }, ...Object.values(botones))),
      crear("div", { class: "gr-pasos" }, marcador, lista, comprobacion)));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- dibujo --- */
  const [altoCaja, piso] = [66, 124];

  function punta([x, y], [dx, dy], clase) {
    const largo = Math.hypot(dx, dy);
    const [ex, ey] = [dx / largo, dy / largo];
    const ala = (lado) => `${x - 8 * ex + lado * 4.5 * ey},${y - 8 * ey - lado * 4.5 * ex}`;
    return svg("path", { d: `M${ala(1)}L${x},${y}L${ala(-1)}`, class: clase });
  }

  function pintar(nodos, pasos) {
    const ancho = caja.clientWidth;
    const niveles = nodos[nodos.length - 1].nivel + 1;
    const alto = piso * (niveles - 1) + altoCaja + 4;
    caja.style.height = `${alto}px`;
    poner(dibujo, { width: ancho, height: alto, viewBox: `0 0 ${ancho} ${alto}` }, []);
    const anchoCaja = Math.min(130, 0.35 * ancho);
    const sitio = Object.fromEntries(nodos.map((n) => [n.nombre, [n.u * ancho, 2 + altoCaja / 2 + piso * n.nivel]]));
    const salida = nodos[nodos.length - 1].nombre;
    const dados = pasos.slice(0, paso);
    const actual = dados[dados.length - 1];
    const calculados = new Set([...nodos.filter((n) => !n.argumentos.length).map((n) => n.nombre), ...dados.map((p) => p.nodo)]);
    const valor = evaluarGrafo(nodos, entradas);
    const adjunto = dados.some((p) => p.fase === "semilla") ? { [salida]: 1 } : {};
    const llegadas = {};
    const locales = {};
    for (const p of dados) {
      for (const c of p.contribuciones) {
        adjunto[c.hacia] = c.total;
        llegadas[c.hacia] = (llegadas[c.hacia] ?? 0) + 1;
        locales[`${p.nodo} ${c.hacia}`] = c.simbolo === "1" ? "1" : `${c.simbolo} = ${cifras(c.local)}`;
      }
    }
    const usos = {};
    for (const n of nodos) for (const a of n.argumentos) usos[a] = (usos[a] ?? 0) + 1;

    const [aristas, rotulos, cajas] = [[], [], []];
    for (const n of nodos) {
      for (const a of n.argumentos) {
        const [[x0, y0], [x1, y1]] = [sitio[a], sitio[n.nombre]];
        const desvio = limitar(0.25 * (x0 - x1), -0.3 * anchoCaja, 0.3 * anchoCaja);
        const [de, hasta] = [[x0 - desvio, y0 + altoCaja / 2], [x1 + desvio, y1 - altoCaja / 2]];
        const local = locales[`${n.nombre} ${a}`];
        const ahora = actual?.nodo === n.nombre && actual.fase !== "semilla";
        const clase = `gr-arista ${local ? "gr-vuelta" : calculados.has(n.nombre) ? "gr-ida" : ""} ${ahora ? "gr-ahora" : ""}`;
        aristas.push(svg("path", { d: `M${de}L${hasta}`, class: clase }));
        const rumbo = [hasta[0] - de[0], hasta[1] - de[1]];
        aristas.push(local ? punta(de, rumbo.map((v) => -v), clase) : punta(hasta, rumbo, clase));
        if (local) {
          rotulos.push(svg("text", {
            x: (de[0] + hasta[0]) / 2, y: (de[1] + hasta[1]) / 2 + 4.5, "text-anchor": "middle", class: "gr-t1",
          }, local));
        }
      }
      const [x, y] = sitio[n.nombre];
      const hecho = calculados.has(n.nombre);
      const texto = (dy, contenido, clase) => svg("text", { x, y: y + dy, "text-anchor": "middle", class: clase }, contenido);
      const partes = [
        svg("rect", {
          x: x - anchoCaja / 2, y: y - altoCaja / 2, width: anchoCaja, height: altoCaja, rx: 8,
          class: `gr-nodo ${hecho ? "" : "gr-pendiente"} ${actual?.nodo === n.nombre ? "gr-ahora" : ""}`,
        }),
        texto(-14, n.argumentos.length ? `${n.nombre} = ${operacion(n)}` : n.nombre, "gr-fuerte"),
        texto(5, hecho ? cifras(valor[n.nombre]) : "—", hecho ? "gr-t0 gr-cuanto" : ""),
      ];
      if (n.nombre in adjunto) {
        const falta = (llegadas[n.nombre] ?? 0) < (usos[n.nombre] ?? 0);
        partes.push(texto(24, `∂${salida}/∂${n.nombre}: ${cifras(adjunto[n.nombre])}${falta ? " + …" : ""}`, "gr-t1"));
      }
      cajas.push(svg("g", null, ...partes));
    }
    dibujo.replaceChildren(...aristas, ...rotulos, ...cajas);
    for (const texto of dibujo.querySelectorAll("g text")) { // lo que no cabe en su caja se encoge
      const justo = texto.getComputedTextLength() > anchoCaja - 8;
      if (justo) poner(texto, { textLength: anchoCaja - 8, lengthAdjust: "spacingAndGlyphs" }, []);
    }
    const cajasDe = rotulos.map((texto) => ({ texto, caja: texto.getBBox() })).sort((a, b) => a.caja.x - b.caja.x);
    cajasDe.forEach(({ texto, caja: derecha }, k) => { // los que se pisan se apartan
      for (const { texto: otro, caja: izquierda } of cajasDe.slice(0, k)) {
        const pisa = izquierda.x + izquierda.width + 8 - derecha.x;
        if (Math.abs(izquierda.y - derecha.y) > derecha.height || pisa <= 0) continue;
        poner(otro, { x: Number(otro.getAttribute("x")) - pisa / 2 }, []);
        poner(texto, { x: Number(texto.getAttribute("x")) + pisa / 2 }, []);
      }
    });
    for (const texto of rotulos) { // el rótulo tapa su arista
      const { x, y, width, height } = texto.getBBox();
      texto.before(svg("rect", { x: x - 3, y, width: width + 6, height, class: "gr-tapa" }));
    }
  }

  function escribirTraza(nodos, pasos) {
    const valor = evaluarGrafo(nodos, entradas);
    const previo = { [nodos[nodos.length - 1].nombre]: 1 };
    while (lista.children.length < pasos.length) lista.append(crear("li"));
    while (lista.children.length > pasos.length) lista.lastChild.remove();
    pasos.forEach((p, k) => {
      const li = lista.children[k];
      const lineas = lineasDe(p, nodos, valor, previo);
      for (const c of p.contribuciones) previo[c.hacia] = c.total;
      while (li.children.length < lineas.length) li.append(crear("div", null, crear("span"), crear("span")));
      while (li.children.length > lineas.length) li.lastChild.remove();
      lineas.forEach(([corta, larga], j) => {
        escribir(li.children[j].firstChild, k < paso ? "" : corta);
        escribir(li.children[j].lastChild, larga);
        li.children[j].lastChild.classList.toggle("gr-por-venir", k >= paso); // guarda el sitio
      });
      poner(li, {
        class: k < paso ? (k === paso - 1 ? "gr-actual" : "gr-dado") : null,
        "aria-current": k === paso - 1 ? "step" : null,
      }, []);
    });
  }

  function resumen(pasos) {
    if (!paso) return "Solo se conocen las entradas.";
    return [...lista.children[paso - 1].children].map((d) => d.lastChild.textContent).join(". ") + ".";
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const nodos = nodosDe(filas, expresion);
    const pasos = trazaGrafo(filas, expresion, entradas);
    const salida = nodos[nodos.length - 1].nombre;
    pintar(nodos, pasos);
    escribirTraza(nodos, pasos);
    eleccion.fijar(expresion);
    const propias = nodos.filter((n) => !n.argumentos.length).map((n) => n.nombre);
    for (const nombre of nombresEntradas) {
      mandos[nombre].nodo.hidden = !propias.includes(nombre);
      mandos[nombre].fijar(entradas[nombre]);
    }
    const fase = { directa: "pasada directa", semilla: "pasada inversa", inversa: "pasada inversa" }[pasos[paso - 1]?.fase];
    const donde = paso ? `Paso ${paso} de ${pasos.length}, ${fase}` : `Paso 0 de ${pasos.length}: solo se conocen las entradas`;
    escribir(marcador, donde);
    const acabado = paso === pasos.length;
    comprobacion.classList.toggle("gr-por-venir", !acabado);
    const derivadas = propias.map((n) => `∂${salida}/∂${n} ≈ ${cifras(diferenciaCentrada(filas, expresion, entradas, n))}`);
    escribir(comprobacion, `Con diferencias centradas, h = 10⁻⁵: ${derivadas.join("; ")}.`);
    botones.atras.setAttribute("aria-disabled", String(paso === 0));
    botones.reiniciar.setAttribute("aria-disabled", String(paso === 0));
    botones.adelante.setAttribute("aria-disabled", String(acabado));
    decir(`${paso ? `${donde}. ` : ""}${resumen(pasos)}${acabado ? ` ${comprobacion.textContent}` : ""}`);
  }

  const pedir = porCuadro(dibujar);
  const enlace = enlazar(model, {
    expresion: () => expresion, paso: () => paso, entradas: () => ({ ...entradas }),
  }, () => {
    ({ expresion, paso, entradas } = leerModelo());
    paso = limitar(paso, 0, total());
    pedir();
  });
  const dejarDeVigilar = vigilar([caja], pedir);
  dibujar();
  return alDesmontar(pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
