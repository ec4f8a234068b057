"use strict";
{
	const data = JSON.parse(document.getElementById("data").textContent);
	const byId = (id) => document.getElementById(id);
	const table = byId("matrix"), dialog = byId("details"), filters = byId("filters");

	/* Text of builds only ever becomes text. */
	const element = (name, about = {}, ...children) => {
		const made = document.createElement(name);
		for (const [key, value] of Object.entries(about)) made.setAttribute(key, value);
		made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
		return made;
	};
	const drawn = (name, about = {}, ...children) => {
		const made = document.createElementNS("http://www.w3.org/2000/svg", name);
		for (const [key, value] of Object.entries(about)) made.setAttribute(key, value);
		made.append(...children);
		return made;
	};
	const mark = (kind) => drawn("svg", { class: `mark ${kind}`, "aria-hidden": "true" },
		drawn("use", { href: `#${kind}` }));
	const told = (value) => (value === null ? "not told" : value === true ? "yes" : value === false ? "no" : value);

	/* The matrix: DataTables sorts and filters, KeyTable moves. */
	const matrix = new DataTable(table, {
		paging: false, info: false, order: [], autoWidth: false,
		layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
		keys: { tabIndex: -1, keys: [33, 34, 35, 36, 37, 38, 39, 40], columns: ":not(:first-child)" },
	});
	const rowsShown = () => matrix.rows({ search: "applied" }).count();
	const numberOf = (index) => Number(matrix.row(index).node().dataset.number);
	const wanted = (cell, chosen) => {
		if (["host", "fault", "group"].some((name) => chosen[name] && !cell[name].includes(chosen[name]))) return false;
		if (!chosen.grade) return true;
		if (chosen.grade === "invalid") return cell.invalid.length > 0;
		return cell.plays.some((play) => (!chosen.of || play.contestant === chosen.of)
			&& (chosen.grade === "hangs" ? play.hangs : play[chosen.grade] === false));
	};
	const filter = () => {
		const chosen = Object.fromEntries(["host", "fault", "group", "grade", "of"].map((id) => [id, byId(id).value]));
		matrix.search.fixed("chosen", (_, __, index) => wanted(data.cells[numberOf(index)], chosen));
		matrix.search(byId("text").value).draw();
		byId("count").value = `${rowsShown()} of ${data.cells.length} cells`;
		reach(table.querySelector("tbody button"));
	};
	/* One button of the matrix is reached by Tab: the one that had the focus, or the first. */
	const reach = (button) => {
		for (const other of table.querySelectorAll('tbody button[tabindex="0"]')) other.tabIndex = -1;
		if (button) button.tabIndex = 0;
	};
	filters.addEventListener("input", filter);
	filters.addEventListener("submit", (event) => event.preventDefault());
	filters.addEventListener("reset", () => setTimeout(filter));
	matrix.on("key-focus", (_, __, cell) => {
		const button = cell.node().querySelector("button");
		if (!button) return;
		reach(button);
		button.focus();
	});
	table.addEventListener("focusin", (event) => {
		const cell = event.target.closest("tbody td");
		if (cell) matrix.cell(cell).focus();
	});
	table.addEventListener("focusout", (event) => {
		if (!table.tBodies[0].contains(event.relatedTarget)) matrix.cell.blur();
	});
	table.addEventListener("click", (event) => {
		const button = event.target.closest("tbody button");
		if (button) show(data.cells[Number(button.closest("tr").dataset.number)], Number(button.dataset.play));
	});

	/* A cell of the matrix, opened. */
	const LONG = new Set(["path", "detail", "what it does", "headers"]);
	const list = (titles, rows, bad = () => false) => {
		if (!rows.length) return element("p", { class: "none" }, "none");
		const cell = (one, place) => element("td", LONG.has(titles[place]) ? { class: "long" } : {}, one ?? "");
		const body = rows.map((row) => element("tr", bad(row) ? { class: "bad" } : {}, ...row.map(cell)));
		return element("table", { class: "list" },
			element("thead", {}, element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)))),
			element("tbody", {}, ...body));
	};
	const facts = (pairs) => element("dl", {}, ...pairs.map(([name, value]) =>
		element("div", {}, element("dt", {}, name), element("dd", {}, told(value)))));
	const lanes = (journal) => {
		const hosts = [...new Set(journal.map((row) => row[1]))];
		const end = Math.max(1, ...journal.map((row) => row[0])), height = 26;
		const picture = drawn("svg", { class: "lanes", viewBox: `0 0 1000 ${hosts.length * height + 18}`, role: "img",
			"aria-label": `${journal.length} requests in ${end.toFixed(1)} seconds` });
		hosts.forEach((host, lane) => {
			const label = drawn("text", { x: 0, y: lane * height + 10 });
			label.textContent = host;
			picture.append(label, drawn("line", { x1: 0, x2: 1000, y1: lane * height + 19, y2: lane * height + 19 }));
		});
		for (const [time, host, , path, , , fault] of journal) {
			const x = 6 + time / end * 988, y = hosts.indexOf(host) * height + 19;
			const shape = fault === "ok" ? drawn("circle", { class: "ok", cx: x, cy: y, r: 3.5 })
				: drawn("path", { class: "faulty", d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8` });
			const words = drawn("title");
			words.textContent = `${time} s ${host}${path} ${fault}`;
			shape.append(words);
			picture.append(shape);
		}
		const last = drawn("text", { x: 1000, y: hosts.length * height + 14, "text-anchor": "end" });
		last.textContent = `${end.toFixed(1)} s`;
		picture.append(last);
		return picture;
	};
	const section = (title, ...children) => [element("h3", {}, title), ...children];
	const lines = (rows) => (rows.length ? element("pre", {}, rows.join("\n")) : element("p", { class: "none" }, "none"));
	const show = (cell, number) => {
		const play = cell.plays[number];
		byId("what").textContent = cell.title;
		byId("plays").replaceChildren(...cell.plays.map((one, place) => {
			const button = element("button", { type: "button", "aria-current": String(place === number) },
				mark(one.kind), ` ${one.contestant}: ${one.end}`);
			button.addEventListener("click", () => show(cell, place));
			return button;
		}));
		const more = play.requests - play.journal.length;
		byId("found").replaceChildren(
			...(cell.invalid.length ? section("INVALID: this cell proves nothing", lines(cell.invalid)) : []),
			facts([["survived", play.survived], ["right image", play.right], ["polite", play.polite],
				["truthful", play.truthful], ["exit code", play.exit], ["seconds", play.seconds],
				["over the healthy build", `${play.seconds_over_healthy} s`],
				["requests", play.requests], ["requests that got the fault", play.hits], ["tries", play.tries],
				["waits that were counted", `${play.seconds_counted} s`]]),
			...section("Outages", list(["host", "fault", "catalogue", "schedule", "requests that get it", "what it does"],
				cell.outages.map((one) => [one.host, one.name, one.id, one.schedule, one.hits, one.says])),
				element("p", { class: "says" }, `seed ${cell.seed}${cell.says ? `: ${cell.says}` : ""}`)),
			...section("Reasons", lines([...play.why, ...(play.decided ? [`ended early: ${play.decided}`] : []),
				...play.missing.map((url) => `the recording lacks ${url}`)])),
			...section("Last words", lines(play.last_words)),
			...section(`Requests${more > 0 && play.journal.length ? `, the first ${play.journal.length}` : ""}`,
				...(play.journal.length ? [lanes(play.journal)] : []),
				list(["s", "host", "method", "path", "class", "n", "fault", "status", "bytes", "ending", "headers"], play.journal,
					(row) => row[6] !== "ok"),
				...(more > 0 ? [element("p", { class: "none" }, data.whole ? `${more} more in board.json`
					: `${more} requests, which this board does not keep`)] : [])),
			...section("Events of the kit", list(data.events, play.events)),
			...section("Play it again", lines([cell.again])),
		);
		if (!dialog.open) dialog.showModal();
		byId("plays").children[number].focus();
		dialog.scrollTop = 0;
	};
	byId("close").addEventListener("click", () => dialog.close());
	dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

	byId("theme").addEventListener("change", (event) => {
		document.documentElement.style.colorScheme = event.target.value;
	});
	filter();
}
