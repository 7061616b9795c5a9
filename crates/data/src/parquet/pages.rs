//! The pages of a parquet file, decoded to arrays.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use oddbench_core::counts::counted;

use polars_arrow::array::Array;
use polars_arrow::compute::concatenate::concatenate;
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_buffer::Buffer;
use polars_parquet::read::schema::parquet_to_arrow_schema;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, Filter, PageReader,
    column_iter_to_arrays, infer_schema, read_metadata,
};

/// A parquet file whose footer was read.
pub(crate) struct Pages {
    source: Source,
    metadata: FileMetadata,
    fields: Vec<Field>,
    /// Whether the writer called a column a dictionary, by column: such a column is a category.
    dictionaries: Vec<bool>,
    /// The first row of each row group, and the number of all rows.
    starts: Vec<usize>,
}

enum Source {
    File(PathBuf),
    Memory(Buffer<u8>),
}

impl Pages {
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let mut file = File::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
        Self::with_footer(&mut file, Source::File(path.to_owned()))
    }

    pub(crate) fn of(bytes: Vec<u8>) -> Result<Self, String> {
        let bytes = Buffer::from(bytes);
        let mut footer = Cursor::new(bytes.clone());
        Self::with_footer(&mut footer, Source::Memory(bytes))
    }

    fn with_footer<R: Read + Seek>(reader: &mut R, source: Source) -> Result<Self, String> {
        let metadata = guarded(|| read_metadata(reader).map_err(|error| error.to_string()))
            .map_err(|cause| format!("it is no parquet file, or damaged: {cause}"))?;
        let native = parquet_to_arrow_schema(metadata.schema().fields());
        // The types by the names that the writer's program gave them, if it uses Arrow.
        let stated = guarded(|| infer_schema(&metadata).map_err(|error| error.to_string())).ok();
        let mut dictionaries = Vec::new();
        let fields = native.iter_values().map(|field| {
            let stated = stated.as_ref().and_then(|schema| schema.get(field.name.as_str()));
            let stated = stated.map(|field| field.dtype.clone());
            dictionaries.push(matches!(stated, Some(ArrowDataType::Dictionary(..))));
            let dtype = match stated {
                // Parquet itself knows neither; a dictionary is read as its values.
                Some(dtype @ (ArrowDataType::Duration(_) | ArrowDataType::Float16)) => dtype,
                _ => field.dtype.clone(),
            };
            Field::new(field.name.clone(), dtype, field.is_nullable)
        });
        let fields = fields.collect();
        let mut starts = vec![0];
        for group in &metadata.row_groups {
            starts.push(starts[starts.len() - 1] + group.num_rows());
        }
        Ok(Self { source, metadata, fields, dictionaries, starts })
    }

    pub(crate) fn rows(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.name.to_string()).collect()
    }

    pub(crate) fn dtype(&self, column: usize) -> &ArrowDataType {
        &self.fields[column].dtype
    }

    pub(crate) fn is_dictionary(&self, column: usize) -> bool {
        self.dictionaries[column]
    }

    /// The rows of the row group that holds a row. Panics out of range.
    pub(crate) fn group_of(&self, row: usize) -> Range<usize> {
        let group = self.group(row);
        self.starts[group]..self.starts[group + 1]
    }

    /// Groups may be empty: it is the last that begins at or before the row.
    fn group(&self, row: usize) -> usize {
        self.starts.partition_point(|&start| start <= row) - 1
    }

    /// Some rows of one row group of one column.
    pub(crate) fn decode(
        &self,
        column: usize,
        rows: Range<usize>,
    ) -> Result<Box<dyn Array>, String> {
        let group = self.group(rows.start);
        let first = self.starts[group];
        let filter = Filter::new_ranged(rows.start - first, rows.end - first);
        let field = &self.fields[column];
        let arrays = guarded(|| {
            let group = &self.metadata.row_groups[group];
            let chunks = group.columns_under_root_iter(&field.name);
            let chunks: Vec<&ColumnChunkMetadata> = chunks.ok_or("it is not there")?.collect();
            let (mut pages, mut types) = (Vec::new(), Vec::new());
            for chunk in chunks {
                let bytes = Cursor::new(self.source.bytes(chunk.byte_range())?);
                let reader = PageReader::new(bytes, chunk, Vec::new(), usize::MAX);
                pages.push(BasicDecompressor::new(reader, Vec::new()));
                types.push(&chunk.descriptor().descriptor.primitive_type);
            }
            let arrays = column_iter_to_arrays(pages, types, field.clone(), Some(filter));
            arrays.map(|(arrays, _)| arrays).map_err(|error| error.to_string())
        })?;
        let array = match arrays.as_slice() {
            [_] => arrays.into_iter().next().ok_or("no values")?,
            several => {
                let several: Vec<&dyn Array> = several.iter().map(AsRef::as_ref).collect();
                guarded(|| concatenate(&several).map_err(|error| error.to_string()))?
            }
        };
        match array.len() == rows.len() {
            true => Ok(array),
            false => Err(format!(
                "it holds {}, and the file states {}",
                counted(array.len(), "value"),
                rows.len()
            )),
        }
    }
}

impl Source {
    fn bytes(&self, range: Range<u64>) -> Result<Buffer<u8>, String> {
        let length = usize::try_from(range.end - range.start).map_err(|error| error.to_string())?;
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(range.start).map_err(|error| error.to_string())?;
                match start.checked_add(length).is_some_and(|end| end <= bytes.len()) {
                    true => Ok(bytes.clone().sliced(start..start + length)),
                    false => Err("the file ends before the column does".into()),
                }
            }
            Self::File(path) => {
                let failed = |error: std::io::Error| error.to_string();
                let mut file = File::open(path).map_err(failed)?;
                file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
                // A damaged footer may state any length: what is there decides how much memory is taken.
                let mut bytes = Vec::new();
                file.take(length as u64).read_to_end(&mut bytes).map_err(failed)?;
                match bytes.len() == length {
                    true => Ok(bytes.into()),
                    false => Err("the file ends before the column does".into()),
                }
            }
        }
    }
}

/// The decoder panics at damaged files.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(found) => found,
        Err(_) => Err("it is damaged, or holds values that the decoder does not know".into()),
    }
}
