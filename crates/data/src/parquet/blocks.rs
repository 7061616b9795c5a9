//! Writes a parquet file block by block. Each block becomes one row group.

use std::io::Write;
use std::sync::Arc;

use polars_arrow::array::Array;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::record_batch::RecordBatchT;
use polars_buffer::Buffer;
use polars_parquet::write::{
    CompressionOptions, Encoding, FileWriter, ParquetType, StatisticsOptions, Version,
    WriteOptions, get_dtype_encoding, row_group_iter, to_parquet_schema,
};

/// Columns of fixed names and types, written in blocks of rows.
pub(crate) struct BlockWriter<W: Write> {
    writer: FileWriter<W>,
    schema: Arc<ArrowSchema>,
    encodings: Buffer<Vec<Encoding>>,
    fields: Vec<ParquetType>,
    options: WriteOptions,
}

impl<W: Write> BlockWriter<W> {
    /// Compressed pages with statistics, for files that people and other programs query.
    pub(crate) fn new(
        out: W,
        columns: impl Iterator<Item = (String, ArrowDataType)>,
    ) -> Result<Self, String> {
        Self::with(out, columns, COMPRESSED)
    }

    fn with(
        out: W,
        columns: impl Iterator<Item = (String, ArrowDataType)>,
        options: WriteOptions,
    ) -> Result<Self, String> {
        let fields = columns.map(|(name, dtype)| Field::new(name.into(), dtype, true));
        let schema: ArrowSchema = fields.map(|field| (field.name.clone(), field)).collect();
        let encodings: Vec<Vec<Encoding>> =
            schema.iter_values().map(|field| get_dtype_encoding(&field.dtype)).collect();
        let fields = to_parquet_schema(&schema).map_err(text)?.fields().to_vec();
        let writer = FileWriter::try_new(out, schema.clone(), options).map_err(text)?;
        Ok(Self { writer, schema: Arc::new(schema), encodings: encodings.into(), fields, options })
    }

    /// The types of the columns, in their order.
    pub(crate) fn types(&self) -> Vec<ArrowDataType> {
        self.schema.iter_values().map(|field| field.dtype.clone()).collect()
    }

    /// Writes a block of `rows` rows: one array per column, in the order of the columns.
    pub(crate) fn write(&mut self, rows: usize, arrays: Vec<Box<dyn Array>>) -> Result<(), String> {
        let schema = Arc::clone(&self.schema);
        let batch = RecordBatchT::try_new(rows, schema, arrays).map_err(text)?;
        let (encodings, fields) = (self.encodings.clone(), self.fields.clone());
        let group = row_group_iter(batch, encodings, fields, self.options);
        self.writer.write(rows as u64, group).map_err(text)
    }

    /// Writes the footer. Without it the file cannot be read.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        self.writer.end(None).map_err(text)?;
        self.writer.into_inner().flush().map_err(text)
    }
}

/// Writes a file of one block. Its pages are neither compressed nor described by statistics: a program reads all of
/// its rows once, and soon.
pub(crate) fn write_columns<W: Write>(
    out: W,
    rows: usize,
    columns: Vec<(String, Box<dyn Array>)>,
) -> Result<(), String> {
    let types = columns.iter().map(|(name, array)| (name.clone(), array.dtype().clone()));
    let mut writer = BlockWriter::with(out, types, PLAIN)?;
    writer.write(rows, columns.into_iter().map(|(_, array)| array).collect())?;
    writer.finish()
}

const COMPRESSED: WriteOptions = WriteOptions {
    statistics: StatisticsOptions {
        min_value: true,
        max_value: true,
        distinct_count: false,
        null_count: true,
        binary_statistics_truncate_length: None,
    },
    version: Version::V1,
    compression: CompressionOptions::Zstd(None),
    data_page_size: None,
};

const PLAIN: WriteOptions = WriteOptions {
    statistics: StatisticsOptions {
        min_value: false,
        max_value: false,
        distinct_count: false,
        null_count: false,
        binary_statistics_truncate_length: None,
    },
    compression: CompressionOptions::Uncompressed,
    ..COMPRESSED
};

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
