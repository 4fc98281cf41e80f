"""What every room uses: errors, files, tables, units and economies, rendering."""
