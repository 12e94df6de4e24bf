//! The table of floors in `docs/architecture.md`.

/// Rooms from the ground up, each with its place: whoever stands before may be used by who stands
/// behind.
#[derive(Debug)]
pub(crate) struct Floors {
    /// Paths below `src` without `.rs`, lowest first.
    rooms: Vec<String>,
    /// Rooms that `decision` may use although they are not pure.
    beside: Vec<String>,
}

impl Floors {
    /// Reads the table under the heading `The floors`, and the list under `Beside the wings`.
    pub(crate) fn read(document: &str) -> Result<Self, String> {
        let mut floors: Vec<(u32, Vec<String>)> = Vec::new();
        for line in section(document, "## The floors").lines() {
            let mut cells = line.split('|').map(str::trim);
            let Some(number) = cells.nth(1).and_then(|cell| cell.parse::<u32>().ok()) else { continue };
            floors.push((number, quoted(cells.next().unwrap_or_default())));
        }
        if floors.is_empty() {
            return Err("docs/architecture.md has no table of floors".to_owned());
        }
        if let Some(pair) = floors.windows(2).find(|pair| pair[0].0 <= pair[1].0) {
            return Err(format!("floor {} of the table stands above floor {}", pair[0].0, pair[1].0));
        }
        let rooms: Vec<String> = floors.into_iter().rev().flat_map(|(_, rooms)| rooms).collect();
        let list = section(document, "### Beside the wings");
        let points = list.lines().filter(|line| line.starts_with("- "));
        let beside = points.filter_map(|line| quoted(line).into_iter().next()).collect();
        for (place, room) in rooms.iter().enumerate() {
            if rooms[..place].contains(room) {
                return Err(format!("the table names `{room}` twice"));
            }
        }
        Ok(Self { rooms, beside })
    }

    /// The room of a file, and how high it stands.
    pub(crate) fn room_of(&self, file: &str) -> Option<(usize, &str)> {
        let stem = file.strip_suffix(".rs").unwrap_or(file);
        let inside =
            |room: &str| stem == room || stem.strip_prefix(room).is_some_and(|rest| rest.starts_with('/'));
        let mut rooms = self.rooms.iter().enumerate();
        rooms.find(|(_, room)| inside(room)).map(|(place, room)| (place, room.as_str()))
    }

    pub(crate) fn rooms(&self) -> &[String] {
        &self.rooms
    }

    /// Whether what is in this room has to be pure: the wing `decision` and all that stands below
    /// its highest room, but for those that the document gives a reason for.
    pub(crate) fn is_pure(&self, room: &str) -> bool {
        let decides = |room: &String| room.starts_with("decision/");
        let highest = self.rooms.iter().rposition(decides);
        let place = self.rooms.iter().position(|other| other == room);
        place <= highest && highest.is_some() && !self.beside.iter().any(|other| other == room)
    }
}

/// From a heading to the next one of any kind.
fn section<'d>(document: &'d str, heading: &str) -> &'d str {
    let start = document.find(&format!("{heading}\n")).map_or(document.len(), |at| at + heading.len());
    let rest = &document[start..];
    &rest[..rest.find("\n#").unwrap_or(rest.len())]
}

/// The texts in backquotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
