// The map of /map that can be moved. Without this script, or if it fails, the page shows the same as a picture and as a table.
(() => {
  const live = document.querySelector(".live");
  if (!live || !window.L || !window.Supercluster || !window.topojson) return;

  const { places, shapes, bounds, tinted, noun, nouns, place: placePage, list } = live.dataset;
  const TINTED = new Set(tinted ? tinted.split(" ") : []);
  const ATLASES = shapes.split(" "); // From the coarsest shapes on.
  const ATLAS_FROM = [0, 4, 7]; // The zoom from which each is drawn.
  const MAX_ZOOM = 10; // At which a pixel is some 150 m: the shapes are not more exact.
  const RADIUS = 56; // Pixels within which places are one cluster; each mark on the map costs time when it is moved.
  const LISTED = 30; // Places in a pop-up.
  const BUDGET = 8; // Milliseconds of a frame for shapes, and for marks, so that the map can be moved meanwhile.
  const TILE = 256;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const nextFrame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
  const count = (number) => `${number.toLocaleString("en")} ${number === 1 ? noun : nouns}`;

  // Shapes of countries, in Mercator's projection from 0 to 1.

  const across = (longitude) => longitude / 360 + .5;
  const down = (latitude) => {
    const sine = Math.sin(Math.max(-85.06, Math.min(85.06, latitude)) * Math.PI / 180);
    return .5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  };

  function projected(ring) {
    const points = new Float64Array(ring.length * 2);
    const box = [1, 1, 0, 0];
    ring.forEach(([longitude, latitude], n) => {
      const [x, y] = [across(longitude), down(latitude)];
      [points[2 * n], points[2 * n + 1]] = [x, y];
      box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
    });
    return { points, box };
  }

  // The middle of a ring, at which the name of its country stands.
  function middle({ points, box }) {
    let [total, x, y] = [0, 0, 0];
    for (let n = 0; n < points.length - 2; n += 2) {
      const cross = points[n] * points[n + 3] - points[n + 2] * points[n + 1];
      total += cross; x += (points[n] + points[n + 2]) * cross; y += (points[n + 1] + points[n + 3]) * cross;
    }
    return total ? [x / (3 * total), y / (3 * total)] : [box[0], box[1]];
  }

  // Whether a label around a point is inside a ring: a name must not stand across a border.
  function within({ points }, x, y) {
    let inside = false;
    for (let n = 0, m = points.length - 2; n < points.length; m = n, n += 2) {
      const [top, bottom] = [points[n + 1], points[m + 1]];
      if ((top > y) !== (bottom > y) && x < (points[m] - points[n]) * (y - top) / (bottom - top) + points[n]) inside = !inside;
    }
    return inside;
  }

  function hasRoom(country, zoom) {
    const { name, largest, middle: [x, y], room } = country;
    if (!room.has(zoom)) {
      const scale = TILE * 2 ** zoom;
      const [half, high] = [(name.length * 3.6 + 4) / scale, 8 / scale];
      room.set(zoom, [-half, 0, half].every((across) => within(largest, x + across, y - high) && within(largest, x + across, y + high)));
    }
    return room.get(zoom);
  }

  const size = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);

  async function countries(topology) {
    const found = [];
    let until = performance.now() + BUDGET;
    for (const geometry of topology.objects.countries.geometries) {
      if (performance.now() > until) {
        await nextFrame();
        until = performance.now() + BUDGET;
      }
      const { type, coordinates } = topojson.feature(topology, geometry).geometry || {};
      const polygons = type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];
      const rings = polygons.flat().map(projected);
      if (!rings.length) continue;
      const largest = rings.reduce((one, other) => (size(other) > size(one) ? other : one));
      const { name } = geometry.properties;
      found.push({ name, id: geometry.id || name, rings, largest, middle: middle(largest), room: new Map() });
    }
    return found;
  }

  const loaded = new Map();
  function atlas(level) {
    if (!loaded.has(level)) {
      const land = { countries: [] };
      loaded.set(level, land);
      land.ready = fetch(ATLASES[level]).then((response) => response.json()).then(countries).then((found) => { land.countries = found; });
    }
    return loaded.get(level);
  }

  // What only a country is known of is tinted in whole: coarse shapes lack islands and small parts of countries.
  const lacksTinted = (land) => [...TINTED].some((id) => !land.countries.some((country) => country.id === id));
  function levelAt(zoom) {
    let level = ATLAS_FROM.filter((from) => zoom >= from).length - 1;
    if (TINTED.size) level = Math.max(level, 1);
    if (level === 1 && TINTED.size && atlas(1).countries.length && lacksTinted(atlas(1))) level = 2;
    return level;
  }
  // The finest shapes that are there, until those of a zoom are.
  function landAt(zoom) {
    for (let level = levelAt(zoom); level >= 0; level -= 1) {
      if (loaded.get(level)?.countries.length) return loaded.get(level).countries;
    }
    return [...loaded.values()].find((land) => land.countries.length)?.countries || [];
  }

  const Land = L.GridLayer.extend({
    initialize() {
      L.GridLayer.prototype.initialize.call(this, { tileSize: TILE, updateWhenZooming: false, keepBuffer: 3 });
      this.waiting = [];
    },
    createTile(coordinates, done) {
      const canvas = document.createElement("canvas");
      const sharp = window.devicePixelRatio || 1;
      canvas.width = canvas.height = TILE * sharp;
      this.waiting.push(() => { paint(canvas, coordinates, sharp); done(null, canvas); });
      if (this.waiting.length === 1) requestAnimationFrame(() => this.work());
      return canvas;
    },
    work() {
      const until = performance.now() + BUDGET;
      while (this.waiting.length && performance.now() < until) this.waiting.shift()();
      if (this.waiting.length) requestAnimationFrame(() => this.work());
    },
  });

  const colour = (name) => getComputedStyle(live).getPropertyValue(name).trim();

  function paint(canvas, { x, y, z }, sharp) {
    const scale = TILE * 2 ** z;
    const [left, top, right, bottom] = [(x * TILE - 2) / scale, (y * TILE - 2) / scale, ((x + 1) * TILE + 2) / scale, ((y + 1) * TILE + 2) / scale];
    const pen = canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.lineWidth = .7;
    pen.lineJoin = "round";
    pen.strokeStyle = colour("--border");
    const plain = colour("--land");
    const tint = colour("--tint");
    for (const country of landAt(z)) {
      const rings = country.rings.filter(({ box }) => box[0] <= right && box[2] >= left && box[1] <= bottom && box[3] >= top);
      if (!rings.length) continue;
      pen.fillStyle = TINTED.has(country.id) ? tint : plain;
      const [fill, line] = [new Path2D(), new Path2D()];
      for (const { points } of rings) trace(points, scale, x * TILE, y * TILE, fill, line);
      pen.fill(fill, "evenodd");
      pen.stroke(line);
    }
  }

  // Where shapes are cut at the 180th meridian there is no border.
  const cut = (x) => x < 1e-6 || x > 1 - 1e-6;

  function trace(points, scale, left, top, fill, line) {
    let [before, beforeX, beforeY] = [-1, 0, 0];
    for (let n = 0; n < points.length; n += 2) {
      const [x, y] = [points[n] * scale - left, points[n + 1] * scale - top];
      if (n && n < points.length - 2 && Math.abs(x - beforeX) + Math.abs(y - beforeY) < .5) continue;
      if (before < 0) { fill.moveTo(x, y); line.moveTo(x, y); } else {
        fill.lineTo(x, y);
        if (cut(points[before]) && cut(points[n])) line.moveTo(x, y); else line.lineTo(x, y);
      }
      [before, beforeX, beforeY] = [n, x, y];
    }
    fill.closePath();
  }

  // Places and clusters.

  const said = ({ name, id, known, records, disputed }) =>
    `${name || id}, ${known}: ${count(records)}${disputed ? `, of ${disputed.toLocaleString("en")} of which the place is disputed` : ""}`;

  function icon(feature) {
    const { cluster, records, area } = feature.properties;
    const mark = document.createElement("div");
    mark.className = `spot ${cluster ? "cluster" : area}`;
    const number = records.toLocaleString("en");
    const wide = cluster ? Math.max(28, number.length * 8 + 14) : 26;
    mark.style.width = mark.style.height = `${wide}px`;
    if (cluster) mark.textContent = number;
    else if (records > 1) mark.append(Object.assign(document.createElement("span"), { textContent: number }));
    return L.divIcon({ html: mark, className: "", iconSize: [wide, wide] });
  }

  const line = (...parts) => {
    const paragraph = document.createElement("p");
    paragraph.append(...parts);
    return paragraph;
  };
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });

  function about({ properties }) {
    const parts = [link(properties.name || properties.id, `${placePage}${encodeURIComponent(properties.id)}`), said(properties).slice((properties.name || properties.id).length)];
    return line(...parts, ...(list ? [" ", link(`List of ${nouns} at this place`, `${list}${encodeURIComponent(properties.id)}`)] : []));
  }

  function start(document_) {
    const drawn = document_.features.filter((feature) => feature.geometry);
    const total = drawn.reduce((sum, { properties }) => sum + properties.records, 0);
    const index = new Supercluster({
      radius: RADIUS, extent: TILE, maxZoom: MAX_ZOOM,
      map: ({ records }) => ({ records, places: 1 }),
      reduce: (all, one) => { all.records += one.records; all.places += one.places; },
    }).load(drawn);

    live.hidden = false;
    const picture = document.querySelector(".map.still");
    const ground = live.querySelector(".ground");
    const status = live.querySelector(".status");
    const map = L.map(ground, {
      minZoom: 1, maxZoom: MAX_ZOOM, scrollWheelZoom: false, zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still,
    });
    map.attributionControl.setPrefix(false).addAttribution("Shapes: Natural Earth; borders as controlled in fact");
    L.control.scale({ imperial: false }).addTo(map);
    ground.setAttribute("role", "group");
    ground.setAttribute("aria-label", "Map: arrow keys move it, plus and minus zoom; each number opens with Enter");
    ground.addEventListener("focusin", () => map.scrollWheelZoom.enable());
    ground.addEventListener("focusout", () => map.scrollWheelZoom.disable());
    ground.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });

    const land = new Land();
    const names = new Map(); // Of countries, by the name and where it stands.
    const marks = new Map(); // By what they show, so that those that stay are not made again.
    const round = (longitude) => longitude + 360 * Math.round((map.getCenter().lng - longitude) / 360);
    const view = (pad) => {
      const box = map.getBounds().pad(pad);
      return box.getEast() - box.getWest() >= 360 ? [-180, box.getSouth(), 180, box.getNorth()] : [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    };

    function opened(feature, at, marker) {
      const { cluster, cluster_id: id, records } = feature.properties;
      const zoom = cluster ? index.getClusterExpansionZoom(id) : Infinity;
      if (zoom <= MAX_ZOOM) {
        ground.focus({ preventScroll: true });
        map.setView(at, zoom);
        return;
      }
      const content = document.createElement("div");
      if (cluster) {
        const leaves = index.getLeaves(id, Infinity).sort((one, other) => other.properties.records - one.properties.records);
        content.append(line(`${count(records)} at places that are too close together to tell apart here:`), ...leaves.slice(0, LISTED).map(about));
        if (leaves.length > LISTED) content.append(line(`And ${leaves.length - LISTED} more places, in the table below.`));
      } else content.append(about(feature));
      const popup = L.popup({ maxWidth: 260, offset: [0, -4] }).setLatLng(at).setContent(content).openOn(map);
      popup.once("remove", () => marker.getElement()?.focus({ preventScroll: true }));
      content.querySelector("a")?.focus({ preventScroll: true });
    }

    function mark(feature) {
      const [longitude, latitude] = feature.geometry.coordinates;
      const { cluster, records, places: number, radius_km: radius } = feature.properties;
      const at = [latitude, round(longitude)];
      const marker = L.marker(at, { icon: icon(feature), riseOnHover: true });
      const layers = [marker];
      if (radius && !cluster) layers.push(L.circle(at, { radius: radius * 1000, weight: 1, fillOpacity: .22, className: "disc-area", interactive: false }));
      marker.on("click", () => opened(feature, at, marker));
      marker.on("add", () => {
        const words = cluster ? `${count(records)} at ${number.toLocaleString("en")} places: zoom in` : said(feature.properties);
        const element = marker.getElement();
        element.setAttribute("aria-label", words);
        element.title = words;
        element.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          opened(feature, at, marker);
        });
      });
      return L.layerGroup(layers);
    }

    let adding = []; // Marks for which there was no time yet.
    function addSome() {
      const until = performance.now() + BUDGET;
      while (adding.length && performance.now() < until) {
        const [key, feature] = adding.shift();
        if (!marks.has(key)) marks.set(key, mark(feature).addTo(map));
      }
      if (adding.length) requestAnimationFrame(addSome);
    }

    function draw() {
      const zoom = map.getZoom();
      const wanted = new Map(index.getClusters(view(.1), zoom).map((feature) => {
        const { cluster, cluster_id: id, id: name, area } = feature.properties;
        const turn = round(feature.geometry.coordinates[0]) - feature.geometry.coordinates[0];
        return [cluster ? `${id} ${turn}` : `${name} ${area} ${turn}`, feature];
      }));
      for (const [key, layer] of marks) if (!wanted.has(key)) { layer.remove(); marks.delete(key); }
      adding = [...wanted].filter(([key]) => !marks.has(key));
      addSome();
      const shown = index.getClusters(view(0), zoom).reduce((sum, { properties }) => sum + properties.records, 0);
      status.textContent = `Shown here: ${count(shown)} of ${total.toLocaleString("en")} that have a place on the map.`;
    }

    function written(name, at) {
      const text = Object.assign(document.createElement("span"), { textContent: name });
      return L.marker(at, { interactive: false, keyboard: false, zIndexOffset: -10000, icon: L.divIcon({ html: text, className: "country-name", iconSize: [0, 0] }) });
    }

    function label() {
      const zoom = map.getZoom();
      const scale = TILE * 2 ** zoom;
      const wanted = new Map();
      for (const country of landAt(zoom)) {
        const { name, middle: [x, y] } = country;
        const at = map.unproject([x * scale, y * scale], zoom);
        if (!map.getBounds().contains([at.lat, round(at.lng)]) || !hasRoom(country, zoom)) continue;
        wanted.set(`${name} ${at.lat} ${round(at.lng)}`, [name, [at.lat, round(at.lng)]]);
      }
      for (const [key, layer] of names) if (!wanted.has(key)) { layer.remove(); names.delete(key); }
      for (const [key, [name, at]] of wanted) if (!names.has(key)) names.set(key, written(name, at).addTo(map));
    }

    // The part that is shown is in the address, so that it can be passed on.
    const asked = /^#map=(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash);
    const [west, south, east, north] = bounds.split(" ").map(Number);
    if (asked) map.setView([Number(asked[2]), Number(asked[3])], Math.min(MAX_ZOOM, Number(asked[1])));
    else map.fitBounds([[south, west], [north, east]], { animate: false });
    land.addTo(map);
    draw();
    const renewed = () => { land.redraw(); label(); };
    const refine = async () => {
      for (let level = levelAt(map.getZoom()), done = -1; done < level; level = levelAt(map.getZoom())) {
        const isNew = !atlas(level).countries.length;
        await atlas(level).ready;
        if (isNew) renewed();
        done = level;
      }
    };
    map.on("moveend", () => {
      draw();
      requestAnimationFrame(label);
      refine();
      const { lat, lng } = map.getCenter();
      history.replaceState(null, "", `#map=${map.getZoom()}/${lat.toFixed(3)}/${lng.toFixed(3)}`);
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", renewed);
    if (picture) picture.hidden = true;
    return refine().then(async () => {
      while (adding.length) await nextFrame();
      live.dataset.drawn = "true";
    });
  }

  fetch(places).then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.status)))).then(start)
    .catch((error) => {
      live.hidden = true;
      document.querySelector(".map.still")?.removeAttribute("hidden");
      console.warn(`The map stays a picture: ${error.message}`);
    });
})();
