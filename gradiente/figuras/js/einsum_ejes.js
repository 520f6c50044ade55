/* La notación de Einstein: qué índices se conservan, cuáles se suman y qué forma sale. */

const MAYOR = 99; // tamaño máximo de un eje
const EJES = 5; // de un operando
const LETRAS = "ABCD"; // los operandos; la salida es S
const CONOCIDAS = [
  ["ik,kj->ij", "producto de matrices", [[3, 4], [4, 5]]],
  ["ii->", "traza", [[4, 4]]],
  ["ij->ji", "transpuesta", [[3, 4]]],
  ["ii->i", "diagonal", [[4, 4]]],
  ["ij->i", "suma de cada fila", [[3, 4]]],
  ["bik,bkj->bij", "producto por lotes", [[2, 3, 4], [2, 4, 5]]],
  ["i,i->", "producto escalar", [[4], [4]]],
  ["i,j->ij", "producto exterior", [[3], [4]]],
  ["bqd,bkd->bqk", "puntuaciones de atención", [[2, 3, 8], [2, 5, 8]]],
];

const sinRepetir = (letras) => [...new Set(letras)];

/** «A», «A y B», «A, B y C». */
function enumerar(cosas) {
  return cosas.length < 2 ? cosas.join("") : `${cosas.slice(0, -1).join(", ")} y ${cosas[cosas.length - 1]}`;
}

/** Parte la fórmula en índices: { operandos, salida, implicita } o { error }. Sin flecha, la
    salida son los índices que aparecen una sola vez, en orden alfabético, como en NumPy. */
function leerFormula(formula) {
  const limpia = formula.replace(/\s/g, "");
  if (limpia.includes(".")) return { error: "Los puntos suspensivos valen en NumPy, pero esta figura no los admite." };
  const trozos = limpia.split("->");
  if (trozos.length > 2) return { error: "Hay más de una flecha «->»: la salida es una sola." };
  const raro = trozos.join("").replace(/[A-Za-z,]/g, "")[0];
  if (raro) return { error: `«${raro}» no es un índice: la fórmula lleva letras, comas y una flecha «->».` };
  if (trozos[1]?.includes(",")) return { error: "La salida es una sola: detrás de la flecha no van comas." };
  const operandos = trozos[0].split(",").map((t) => [...t]);
  if (operandos.length > LETRAS.length) return { error: `La figura admite hasta ${LETRAS.length} operandos.` };
  if (operandos.some((t) => t.length > EJES)) return { error: `La figura admite operandos de hasta ${EJES} ejes.` };
  const todos = operandos.flat();
  if (trozos.length === 1) {
    const salida = sinRepetir(todos).filter((i) => todos.indexOf(i) === todos.lastIndexOf(i)).sort();
    return { operandos, salida, implicita: true };
  }
  const salida = [...trozos[1]];
  const doble = salida.find((i, j) => salida.indexOf(i) !== j);
  if (doble) return { operandos, salida, error: `El índice ${doble} está dos veces en la salida: cada eje de la salida lleva su propio índice.` };
  const nuevo = salida.find((i) => !todos.includes(i));
  if (nuevo) return { operandos, salida, error: `El índice ${nuevo} de la salida no está en ningún operando: no se sabe qué poner en ese eje.` };
  return { operandos, salida, implicita: false };
}

/** La fórmula entera: índices, tamaños, forma de salida, operaciones y avisos; o { error }. */
function analizarEinsum(formula, formas) {
  const leida = leerFormula(formula);
  if (leida.error) return leida;
  const { operandos, salida } = leida;
  const mal = (error, culpable = null) => ({ ...leida, error, culpable, deFormas: true });
  if (operandos.length !== formas.length) {
    const n = (k, uno, varios) => `${k} ${k === 1 ? uno : varios}`;
    return mal(`La fórmula tiene ${n(operandos.length, "operando", "operandos")} y se ${formas.length === 1 ? "da" : "dan"} ${n(formas.length, "forma", "formas")}.`);
  }
  for (let j = 0; j < operandos.length; j++) {
    const [n, m] = [operandos[j].length, formas[j].length];
    if (n === m) continue;
    return mal(`${LETRAS[j]} lleva ${n} ${n === 1 ? "índice" : "índices"} («${operandos[j].join("")}») y su forma ${textoForma(formas[j])} tiene ${m} ${m === 1 ? "eje" : "ejes"}.`);
  }
  const tamanos = {};
  const avisos = [];
  for (const i of sinRepetir(operandos.flat())) {
    const sitios = operandos.flatMap((letras, j) => letras.map((l, eje) => ({ l, j, eje, n: formas[j][eje] })).filter((s) => s.l === i));
    const n = Math.max(...sitios.map((s) => s.n));
    const otro = sitios.find((s) => s.n !== n);
    if (otro) {
      const uno = sitios.find((s) => s.n === n);
      const [p, q] = sitios.indexOf(uno) < sitios.indexOf(otro) ? [uno, otro] : [otro, uno];
      // Un 1 se repite solo de un operando a otro, nunca dentro del mismo.
      const mezcla = operandos.some((_, j) => new Set(sitios.filter((s) => s.j === j).map((s) => s.n)).size > 1);
      if (mezcla || sitios.some((s) => s.n !== n && s.n !== 1)) {
        return mal(`El índice ${i} tiene dos tamaños: ${p.n} en el eje ${p.eje} de ${LETRAS[p.j]} y ${q.n} en el eje ${q.eje} de ${LETRAS[q.j]}.`, i);
      }
      avisos.push(`El índice ${i} mide 1 en ${LETRAS[otro.j]} y ${n} en ${LETRAS[uno.j]}: NumPy, PyTorch y JAX repiten el 1, como en el broadcasting; TensorFlow lo rechaza.`);
    }
    tamanos[i] = n;
  }
  const orden = [...salida, ...sinRepetir(operandos.flat()).filter((i) => !salida.includes(i))];
  const vueltas = orden.reduce((p, i) => p * tamanos[i], 1);
  const sumados = orden.slice(salida.length);
  return {
    ...leida, tamanos, orden, sumados, vueltas, avisos,
    forma: salida.map((i) => tamanos[i]),
    multiplicaciones: vueltas * (operandos.length - 1),
    sumas: sumados.length ? vueltas : 0,
  };
}

/** El bucle de Python que hace lo mismo, en líneas. */
function bucleEinsum({ operandos, salida, tamanos, orden, sumados, forma }, formas) {
  const lineas = [];
  if (salida.length) lineas.push(`S = np.zeros(${textoForma(forma)})`);
  else if (sumados.length) lineas.push("S = 0.0");
  orden.forEach((i, nivel) => lineas.push(`${"    ".repeat(nivel)}for ${i} in range(${tamanos[i]}):`));
  const factores = operandos.map((letras, j) => {
    const indices = letras.map((i, eje) => (formas[j][eje] === 1 && tamanos[i] > 1 ? "0" : i));
    return `${LETRAS[j]}[${indices.join(", ") || "()"}]`;
  });
  const destino = salida.length ? `S[${salida.join(", ")}]` : "S";
  lineas.push(`${"    ".repeat(orden.length)}${destino} ${sumados.length ? "+=" : "="} ${factores.join(" * ")}`);
  return lineas;
}

/** Qué le pasa a un índice, en una frase. */
function explicarIndice(i, { operandos, salida }) {
  const donde = operandos.map((_, j) => j).filter((j) => operandos[j].includes(i));
  const repetido = donde.find((j) => operandos[j].filter((l) => l === i).length > 1);
  const sitio = `en ${enumerar(donde.map((j) => LETRAS[j]))}`;
  const diagonal = repetido === undefined ? "" : `; repetido en ${LETRAS[repetido]}, recorre su diagonal`;
  if (!salida.includes(i)) return `${sitio} y no en la salida: se suma${diagonal}`;
  return `${sitio} y en la salida: se conserva${donde.length > 1 ? ", emparejado" : ""}${diagonal}`;
}

/** Las formas escritas como en Python, «(3, 4), (4, 5)»; null si no se entienden. */
function leerFormas(texto) {
  const grupos = texto.match(/\([^()]*\)/g);
  if (!grupos || texto.replace(/\([^()]*\)/g, "").replace(/[\s,;]/g, "") || grupos.length > LETRAS.length) return null;
  const formas = grupos.map((g) => g.slice(1, -1).split(",").map((t) => t.trim()).filter(Boolean));
  const vale = (t) => /^\d{1,2}$/.test(t) && Number(t) >= 1;
  return formas.every((f) => f.length <= EJES && f.every(vale)) ? formas.map((f) => f.map(Number)) : null;
}

/** Formas que sirven para la fórmula, con los tamaños que ya se conocen. */
function formasQueSirven(operandos, formas) {
  const tamanos = {};
  operandos.forEach((letras, j) => letras.forEach((i, eje) => { tamanos[i] ??= formas[j]?.[eje]; }));
  let siguiente = 2;
  for (const i of Object.keys(tamanos)) tamanos[i] ??= Math.min(siguiente++, 6);
  return operandos.map((letras) => letras.map((i) => tamanos[i]));
}

export const calculos = { leerFormula, analizarEinsum, bucleEinsum, explicarIndice, leerFormas, formasQueSirven };

function render({ model, el }) {
  const copiar = (formas_) => formas_.map((f) => [...f]);
  const leerModelo = () => ({ formula: model.get("formula"), formas: copiar(model.get("formas")) });
  let { formula, formas } = leerModelo();
  let formasMal = false; // lo escrito en el campo de las formas no se entiende
  const cambiar = (nueva, otras, guardando = true) => {
    [formula, formas, formasMal] = [nueva, otras, false];
    pedir();
    if (guardando) enlace.guardar();
  };
  const textoFormas = () => formas.map(textoForma).join(", ");

  /* --- nodos --- */
  const lista = selector({
    rotulo: "Operación",
    opciones: [...CONOCIDAS.map(([f, nombre]) => [f, nombre]), ["", "escrita a mano"]],
    alCambiar: (clave) => {
      const conocida = CONOCIDAS.find(([f]) => f === clave);
      if (conocida) cambiar(conocida[0], copiar(conocida[2]));
      else campoFormula.entrada.focus();
      pedir();
    },
  });
  function campo(rotulo, alEscribir) {
    const entrada = crear("input", {
      type: "text", class: "gr-campo", maxlength: 60, spellcheck: "false", autocomplete: "off", autocapitalize: "off", ...TECLAS_PROPIAS,
    });
    entrada.addEventListener("input", () => alEscribir(entrada.value));
    entrada.addEventListener("change", () => { enlace.guardar(); pedir(); });
    return { entrada, nodo: crear("label", { class: "gr-selector" }, crear("span", null, rotulo), entrada) };
  }
  const campoFormula = campo("Fórmula", (texto) => cambiar(texto, formas, false));
  const campoFormas = campo("Formas", (texto) => {
    const leidas = leerFormas(texto);
    if (leidas) cambiar(formula, leidas, false);
    else { formasMal = true; pedir(); }
  });
  const arreglar = boton("Ajustar las formas a la fórmula", () => {
    const { operandos, error, deFormas } = analizarEinsum(formula, formas);
    if (operandos && (formasMal || deFormas || !error)) cambiar(formula, formasQueSirven(operandos, formas));
  });
  const letrero = crear("p", { class: "gr-formula" });
  const tarjetas = crear("div", { class: "gr-tarjetas" });
  const aviso = crear("p", { class: "gr-aviso" });
  const indices = crear("ul", { class: "gr-indices" });
  const cifra = {};
  const fila = medidor(cifra);
  const medidas = crear("div", { class: "gr-medidas" }, crear("dl", null,
    fila("forma", "Forma de la salida"), fila("vueltas", "Vueltas del bucle"),
    fila("multiplicaciones", "Multiplicaciones"), fila("sumas", "Sumas")));
  const codigo = crear("div", { class: "gr-codigo", role: "group", "aria-label": "Bucle equivalente en Python" });
  const raiz = crear("div", { class: "gr-fig gr-einsum" },
    crear("div", { class: "gr-entradas" }, lista.nodo, campoFormula.nodo, campoFormas.nodo),
    letrero, tarjetas, aviso,
    crear("div", { class: "gr-cuerpo" },
      crear("div", null, indices, crear("div", { class: "gr-botones" }, arreglar)),
      medidas, codigo));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- los índices: letra, tamaño, − y +, y qué le pasa --- */
  let filas = {};
  function cambiarIndice(i, d) {
    const { operandos } = leerFormula(formula);
    const tallas = operandos.flatMap((letras, j) => letras.map((l, eje) => (l === i ? formas[j]?.[eje] : undefined))).filter(Boolean);
    const n = limitar(Math.max(...tallas, 1) + d, 1, MAYOR);
    cambiar(formula, formas.map((f, j) => f.map((m, eje) => (operandos[j]?.[eje] === i ? n : m))));
  }
  function rehacerIndices(letras) {
    if (Object.keys(filas).join() === letras.join()) return;
    filas = {};
    for (const i of letras) {
      const [ficha, talla, papel] = [crear("span", { class: "gr-ficha" }), crear("strong"), crear("span")];
      filas[i] = { ficha, talla, papel, nodo: crear("li", null, ficha,
        boton("−", () => cambiarIndice(i, -1), { class: "gr-boton gr-mas", "aria-label": `Índice ${i}: uno menos` }), talla,
        boton("+", () => cambiarIndice(i, 1), { class: "gr-boton gr-mas", "aria-label": `Índice ${i}: uno más` }), papel) };
    }
    indices.replaceChildren(...Object.values(filas).map((f) => f.nodo));
  }

  /* --- dibujo --- */
  const tono = (i, letras) => `gr-i${letras.indexOf(i) % 6}`;
  const papelDe = (i, a) => (a.salida && !a.salida.includes(i) ? " gr-suma" : "");
  const ficha = (i, n, a, letras) => crear("span", { class: `gr-ficha ${tono(i, letras)}${papelDe(i, a)}${a.culpable === i ? " gr-choca" : ""}` },
    `${i}${n === undefined ? "" : ` ${n}`}`);

  function escribirFormula(a, letras) {
    const trozos = [...formula.replace(/\s/g, "")].map((c) => (letras.includes(c)
      ? crear("span", { class: `${tono(c, letras)}${papelDe(c, a)}` }, c)
      : crear("span", { class: "gr-gris" }, { ",": ", ", "-": " -" }[c] ?? (c === ">" ? "> " : c))));
    if (a.implicita) trozos.push(crear("span", { class: "gr-gris" }, ` (-> ${a.salida.join("") || "un número"})`));
    letrero.replaceChildren(...trozos);
  }

  /** Un tensor: el último eje en horizontal, el penúltimo en vertical y el anterior en fondo;
      cada lado, del color de su índice y de trazos si se suma. */
  function tensor(letrasDe, a, letras, lado) {
    const n = letrasDe.map((i) => a.tamanos[i]);
    const d = n.length;
    const [columnas, filas_, capas] = [n[d - 1] ?? 1, n[d - 2] ?? 1, Math.min(n[d - 3] ?? 1, 6)];
    const [ancho, alto, fondo] = [columnas * lado, filas_ * lado, (capas - 1) * 6 + (d > 2 ? 6 : 0)];
    const [x0, y0] = [30, 24 + fondo];
    const dibujo = svg("svg", { width: x0 + ancho + fondo + 12, height: y0 + alto + 6, class: "gr-tensor", "aria-hidden": "true" });
    for (let c = capas - 1; c >= 0; c--) {
      const [x, y] = [x0 + 6 * c, y0 - 6 * c];
      dibujo.append(svg("rect", { x, y, width: ancho, height: alto, class: "gr-cara" }));
      if (c || lado < 6) continue;
      for (let k = 1; k < columnas; k++) dibujo.append(svg("path", { d: `M${x + k * lado},${y}v${alto}`, class: "gr-raya" }));
      for (let k = 1; k < filas_; k++) dibujo.append(svg("path", { d: `M${x},${y + k * lado}h${ancho}`, class: "gr-raya" }));
    }
    if (d > 1 && letrasDe[d - 1] === letrasDe[d - 2]) { // repetido: solo cuenta la diagonal
      for (let k = 0; k < columnas; k++) {
        dibujo.append(svg("rect", { x: x0 + k * lado, y: y0 + k * lado, width: lado, height: lado, class: `gr-usada ${tono(letrasDe[d - 1], letras)}` }));
      }
    }
    const borde = (i, camino, x, y, ancla) => dibujo.append(
      svg("path", { d: camino, class: `gr-borde ${tono(i, letras)}${papelDe(i, a)}` }),
      svg("text", { x, y, "text-anchor": ancla, class: tono(i, letras) }, `${i} ${a.tamanos[i]}`));
    if (d > 0) borde(letrasDe[d - 1], `M${x0},${y0}h${ancho}`, x0 + fondo + ancho / 2, y0 - fondo - 6, "middle");
    if (d > 1) borde(letrasDe[d - 2], `M${x0},${y0}v${alto}`, x0 - 5, y0 + alto / 2 + 4, "end");
    if (d > 2) borde(letrasDe[d - 3], `M${x0},${y0}l${fondo},${-fondo}`, x0 + fondo / 2 - 6, y0 - fondo / 2 - 2, "end");
    return dibujo;
  }

  function escribirTarjetas(a, letras) {
    const todos = a.tamanos ? Object.values(a.tamanos) : [1];
    const lado = limitar(120 / Math.max(...todos), 1.2, 20);
    const una = (nombre, letrasDe, forma, signo) => [
      signo ? crear("span", { class: "gr-signo", "aria-hidden": "true" }, signo) : "",
      crear("div", { class: "gr-tarjeta" },
        crear("p", null, crear("strong", null, nombre), ` ${forma ? textoForma(forma) : "sin forma"}`),
        a.tamanos && letrasDe ? tensor(letrasDe, a, letras, lado)
          : crear("p", { class: "gr-fichas" }, ...(letrasDe ?? []).map((i, eje) => ficha(i, forma?.[eje], a, letras))))];
    const cuantos = Math.max(a.operandos?.length ?? 0, formas.length);
    const partes = Array.from({ length: cuantos }, (_, j) => una(LETRAS[j], a.operandos?.[j], formas[j], j ? "×" : ""));
    if (a.tamanos) partes.push(una("S", a.salida, a.forma, "→"));
    tarjetas.replaceChildren(...partes.flat().filter(Boolean));
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const a = formasMal
      ? { ...leerFormula(formula), error: `Las formas se escriben como en Python, «(3, 4), (4, 5)»: hasta ${LETRAS.length}, de ${EJES} ejes como mucho y de tamaño 1 a ${MAYOR}.` }
      : analizarEinsum(formula, formas);
    const letras = sinRepetir(a.operandos?.flat() ?? []);
    lista.fijar(CONOCIDAS.some(([f]) => f === formula) ? formula : "");
    for (const [c, texto] of [[campoFormula, formula], [campoFormas, textoFormas()]]) {
      // Lo que se está escribiendo no se toca.
      if (document.activeElement !== c.entrada && !(c === campoFormas && formasMal)) c.entrada.value = texto;
    }
    campoFormula.entrada.setAttribute("aria-invalid", String(Boolean(a.error && !a.deFormas && !formasMal)));
    campoFormas.entrada.setAttribute("aria-invalid", String(Boolean(formasMal || a.deFormas)));
    escribirFormula(a, letras);
    escribirTarjetas(a, letras);
    const texto = a.error ?? a.avisos.join(" ");
    escribir(aviso, texto);
    aviso.classList.toggle("gr-mal", Boolean(a.error));
    arreglar.setAttribute("aria-disabled", String(!(formasMal || a.deFormas) || !a.operandos));
    rehacerIndices(a.operandos && !formasMal ? letras : []);
    for (const i of Object.keys(filas)) {
      filas[i].ficha.className = `gr-ficha ${tono(i, letras)}${papelDe(i, a)}`;
      escribir(filas[i].ficha, i);
      const tallas = sinRepetir(a.operandos.flatMap((l, j) => l.map((c, eje) => (c === i ? formas[j]?.[eje] : undefined))).filter(Boolean));
      escribir(filas[i].talla, a.tamanos ? String(a.tamanos[i]) : tallas.join(" ≠ ") || "?");
      escribir(filas[i].papel, explicarIndice(i, a));
    }
    const n = (v) => (a.error ? "—" : num(v, 0));
    escribir(cifra.forma, a.error ? "no hay" : textoForma(a.forma));
    escribir(cifra.vueltas, a.error || a.orden.length < 2 || a.orden.length > 5 ? n(a.vueltas)
      : `${a.orden.map((i) => a.tamanos[i]).join(" · ")} = ${n(a.vueltas)}`);
    escribir(cifra.multiplicaciones, n(a.multiplicaciones));
    escribir(cifra.sumas, n(a.sumas));
    escribir(codigo, a.error ? "" : bucleEinsum(a, formas).join("\n"));
    codigo.hidden = Boolean(a.error);
    poner(codigo, { tabindex: codigo.scrollWidth > codigo.clientWidth ? 0 : null }, []);
    decir(a.error ? `${formula}: ${a.error}`
      : `${formula}, con formas ${textoFormas()}: salida ${textoForma(a.forma)}. ${a.sumados.length ? `Se ${a.sumados.length > 1 ? "suman" : "suma"} ${enumerar(a.sumados)}` : "No se suma ningún índice"}. `
        + `${n(a.multiplicaciones)} multiplicaciones y ${n(a.sumas)} sumas. ${texto}`);
  }

  const pedir = porCuadro(dibujar);
  const enlace = enlazar(model, { formula: () => formula, formas: () => copiar(formas) },
    () => { ({ formula, formas } = leerModelo()); formasMal = false; pedir(); });
  const dejarDeVigilar = vigilar([raiz], pedir);
  dibujar();
  return alDesmontar(pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
